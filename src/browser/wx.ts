import { findScript, type OfficialScript, type WechatResult, whenScript } from './official-script.js'
import { normalise } from './results.js'
import { WechatPageError } from './wechat-page-error.js'
import type { PromisedWx, WechatCallbacks } from './wx-functions.js'

type Options = WechatCallbacks & Record<string, unknown>
type Run = (options: Options) => void

/**
 * `window.wx` with promises. They reject with a {@link WechatPageError} whose `reason` is `cancelled`, `denied` or
 * `failed`; none of them stays pending on a page without WeChat. The official object's callbacks, events, `ready`,
 * `error`, `invoke` and `miniProgram` work as on the official object.
 */
export const wx: PromisedWx = /* @__PURE__ */ new Proxy({} as PromisedWx, {
  get: (_, name) => member(name),
  has: (_, name) => typeof name === 'string' && name in (findScript() ?? { config: 0, ready: 0, error: 0 }),
})

function member(name: string | symbol): unknown {
  // A promise that resolves with this object would otherwise call wx.then.
  if (typeof name !== 'string' || name === 'then') return undefined
  if (name === 'miniProgram') return miniProgram
  if (name === 'invoke') return invoke
  if (name === 'on') return (event: string, callback: unknown) => void getFunction(name)(event, callback)
  if (/^(config|ready|error)$/.test(name)) {
    return (argument: unknown) => whenScript(script => toFunction(script, name)?.(argument))
  }
  if (/^on[A-Z]/.test(name)) return (listener: unknown) => listen(name, listener)
  return (options?: Options) => call(name, options)
}

/** Events take the official options, or one function that gets every event. */
function listen(name: string, listener: unknown): void {
  getFunction(name)(typeof listener === 'function' ? { complete: listener } : listener)
}

let lastTransfer: Promise<unknown> = Promise.resolve()

function call(name: string, options?: Options): Promise<WechatResult> {
  const run = () => settle(name, given => getFunction(name)(given), options)
  if (!/^(up|down)load/.test(name)) return run()
  const transfer = lastTransfer.then(run)
  lastTransfer = transfer.catch(() => undefined)
  return transfer
}

function settle(name: string, run: Run, options: Options = {}): Promise<WechatResult> {
  const { jsApiList } = options
  // The official script writes the bridge's names into this array; the copies tell which name became which.
  const wanted: string[] = Array.isArray(jsApiList) ? [...jsApiList] : []
  const native = [...wanted]

  const promise = new Promise<WechatResult>((resolve, reject) => {
    const told =
      (callback: ((result: WechatResult) => void) | undefined, end: (result: WechatResult) => void) =>
      (result: WechatResult) => {
        end(normalise(name, result, native, wanted))
        // The page handles this end by its callback, so that an unhandled rejection would be a false alarm.
        // The rejection is marked as handled later, because a bridge may answer before `promise` is assigned.
        if (callback ?? options.complete) queueMicrotask(() => promise.catch(() => undefined))
        callback?.(result)
      }
    run({
      ...options,
      ...(jsApiList ? { jsApiList: native } : {}),
      success: told(options.success, resolve),
      cancel: told(options.cancel, result => reject(cancellation(name, result))),
      fail: told(options.fail, result => reject(failure(result.errMsg ?? `${name}:fail`))),
    })
  })
  return promise
}

/** Calls the bridge. Without a callback, the result's `errMsg` settles the promise. */
function invoke(
  name: string,
  args: Record<string, unknown> = {},
  callback?: (result: WechatResult) => void,
): Promise<WechatResult> | undefined {
  if (callback) return void getFunction('invoke')(name, args, callback)
  return settle(name, ({ success, cancel, fail }) =>
    getFunction('invoke')(name, args, (result: WechatResult) => {
      const errMsg = result.errMsg ?? result.err_msg ?? `${name}:ok`
      const end = errMsg.slice(errMsg.indexOf(':') + 1)
      const tell = /^(ok|confirm)$/.test(end) ? success : /cancel$/.test(end) ? cancel : fail
      tell?.({ ...result, errMsg })
    }),
  )
}

const miniProgram = /* @__PURE__ */ new Proxy(
  {},
  {
    get: (_, name) =>
      typeof name === 'string' ? (given: unknown) => callMiniProgram(name, given) : undefined,
    has: (_, name) => name in Object(findScript()?.miniProgram),
  },
)

function callMiniProgram(name: string, given: unknown): unknown {
  const run = (argument: unknown) => getFunction(name, 'miniProgram')(argument)
  if (name !== 'getEnv') return settle(name, run, given as Options | undefined)
  return new Promise(resolve => {
    run((env: unknown) => {
      resolve(env)
      if (typeof given === 'function') given(env)
    })
  })
}

function getFunction(name: string, part?: 'miniProgram'): (...args: unknown[]) => void {
  const script = findScript()
  // Without its bridge the official script drops a call and never answers it.
  if (!script || !window.WeixinJSBridge) {
    throw new WechatPageError(
      'outside-wechat',
      `wx.${name} has no WeChat to call`,
      'Await configureWechat() first.',
    )
  }
  const run = toFunction(part ? (script[part] as OfficialScript) : script, name)
  if (run) return run
  throw new WechatPageError(
    'failed',
    `wx.${name} does not exist`,
    'Check the name and the script’s version; a bridge’s own name is called by wx.invoke.',
  )
}

function toFunction(owner: OfficialScript, name: string): ((...args: unknown[]) => void) | undefined {
  const run = owner[name]
  return typeof run === 'function' ? run.bind(owner) : undefined
}

function cancellation(name: string, { errMsg = `${name}:cancel` }: WechatResult): WechatPageError {
  return new WechatPageError('cancelled', `${name} was cancelled`, 'Offer it again.', { errMsg })
}

function failure(errMsg: string): WechatPageError {
  return /permission|access_denied/.test(errMsg)
    ? new WechatPageError(
        'denied',
        errMsg,
        'Name it in jsApiList; if it is there, the account lacks it: see 接口管理 at developers.weixin.qq.com/platform.',
        { errMsg },
      )
    : new WechatPageError('failed', errMsg, 'Look it up under this text.', { errMsg })
}
