import type { ConfigFields } from './fetch-signature.js'
import { type OfficialScript, onConfigFailure, type WechatResult } from './official-script.js'
import { isErrorSilent, whenBridgeIsReady } from './wechat-client.js'

export interface VerifyPageOptions {
  jsApiList: readonly string[]
  openTagList?: readonly string[]
  debug?: boolean
  beta?: boolean
}

/**
 * Calls `wx.config` and resolves with WeChat's words of refusal, or with undefined if WeChat accepted the page or the
 * signal was aborted.
 *
 * `wx.ready` fires for the first configuration of a page only, and `wx.error` never fires if {@link isErrorSilent}. In
 * both cases the function asks WeChat once more, by the call that `wx.config` itself makes.
 */
export function verifyPage(
  script: OfficialScript,
  fields: ConfigFields,
  { jsApiList, openTagList = [], debug = false, beta }: VerifyPageOptions,
  signal: AbortSignal,
): Promise<string | undefined> {
  // The arrays are copied, because the official script writes its internal names into them.
  const verifyJsApiList = [...jsApiList]
  const verifyOpenTagList = [...openTagList]
  const hasToAsk = script.invoke !== undefined || isErrorSilent()

  return new Promise(resolve => {
    const stopListening = onConfigFailure(script, ({ errMsg }) => settle(errMsg ?? 'config:fail'))
    // If a ready callback of the page throws, the script drops the callbacks after it, so this one is registered
    // repeatedly: after WeChat's answer, the script calls a new callback at once.
    const again = setInterval(() => script.ready(passed), 300)
    const settle = (errMsg: string | undefined) => {
      stopListening()
      clearInterval(again)
      resolve(errMsg)
    }
    const passed = () => {
      if (!hasToAsk) settle(undefined)
    }
    signal.addEventListener('abort', () => settle(undefined))

    script.config({
      debug,
      ...(beta === undefined ? {} : { beta }),
      ...fields,
      jsApiList: verifyJsApiList,
      openTagList: verifyOpenTagList,
    })
    script.ready(passed)
    if (!hasToAsk) return
    whenBridgeIsReady(() =>
      script.invoke?.('preVerifyJSAPI', { verifyJsApiList, verifyOpenTagList }, result => {
        const verdict = readVerdict(result)
        // If the client refuses this call, only `wx.error` can report a refusal. Without one within 1.5 s, the page
        // counts as accepted.
        if (verdict === 'unknown') setTimeout(() => settle(undefined), 1_500)
        else settle(verdict)
      }),
    )
  })
}

function readVerdict({ err_msg, errMsg = err_msg ?? '' }: WechatResult): string | undefined | 'unknown' {
  const text = errMsg.slice(errMsg.indexOf(':') + 1).replace(/^fail(ed)?_/, '')
  if (text === 'ok' || text === '') return undefined
  if (/function_not_exist|access_denied|no_permission/.test(errMsg)) return 'unknown'
  return `config:${text.replaceAll('_', ' ')}`
}
