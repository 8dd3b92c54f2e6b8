import { type ConfigFields, fetchSignature } from './fetch-signature.js'
import {
  loadOfficialScript,
  type OfficialScript,
  onConfigFailure,
  type WechatResult,
} from './official-script.js'
import { refusal, WechatPageError } from './wechat-page-error.js'

export interface ConfigureWechatOptions {
  /** The functions that the page will call, by their `wx` names. The array is left as it is. */
  jsApiList: readonly string[]

  /** @default [] */
  openTagList?: readonly string[]

  /**
   * Where the middlewares are mounted.
   * @default '/wechat'
   */
  base?: string

  /**
   * Signs the page: `POST {url}` gives `{appid, timestamp, noncestr, signature}`.
   * @default `{base}/offiaccount/jssdk`
   */
  endpoint?: string

  /**
   * The official script's address; `https://res.wx.qq.com/open/js/jweixin-1.6.0.js` brings its fallback host along.
   * @default `{base}/jweixin.js`
   */
  script?: string

  /** The script itself, where it is bundled: `import wx from 'weixin-js-sdk'`. */
  wx?: object

  /**
   * The address that the page was landed on, which is the one that iOS verifies.
   * @default `location.href` when this module was first evaluated
   */
  landingUrl?: string

  /**
   * Lets WeChat `alert` every result.
   * @default false
   */
  debug?: boolean

  /**
   * For all of it: the script, the signature, WeChat's answer.
   * @default 10000
   */
  timeoutMs?: number
}

const landedOn = typeof location === 'undefined' ? '' : location.href
const fallbackScript = 'https://res2.wx.qq.com/open/js/jweixin-1.6.0.js'

// The official script keeps one state per page, so that two configurations at once would take each other's answer.
let lastTurn: Promise<unknown> = Promise.resolve()

// Which address a client verifies is known for phones of the past; the one that it took last time is tried first.
let prefersLanding: boolean | undefined

/**
 * Signs the page and resolves once WeChat has accepted it: `wx.ready` alone says nothing, it is called after a refusal
 * as well. Call it again after a route change. It always settles.
 *
 * @example
 * await configureWechat({ jsApiList: ['chooseImage', 'uploadImage'] })
 * const { localIds } = await wx.chooseImage({ count: 1 })
 *
 * @throws {WechatPageError} with a `reason` and a `remedy`.
 */
export function configureWechat(options: ConfigureWechatOptions): Promise<void> {
  const turn = lastTurn.then(() => configureInTime(options))
  lastTurn = turn.catch(() => undefined)
  return turn
}

async function configureInTime(options: ConfigureWechatOptions): Promise<void> {
  if (typeof window === 'undefined') {
    throw new WechatPageError(
      'no-browser',
      'There is no page here',
      'Call configureWechat in the browser only.',
    )
  }

  const { timeoutMs = 10_000 } = options
  const attempt = new Attempt(options)
  let timer: ReturnType<typeof setTimeout> | undefined
  const outOfTime = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(attempt.timedOut(timeoutMs)), timeoutMs)
  })
  try {
    await Promise.race([attempt.run(), outOfTime])
  } finally {
    clearTimeout(timer)
    // Whatever is still under way must not reach into a later attempt.
    attempt.abort()
  }
}

class Attempt {
  readonly #options: ConfigureWechatOptions
  readonly #controller = new AbortController()
  #waitingFor = 'the official script'

  constructor(options: ConfigureWechatOptions) {
    this.#options = options
  }

  async run(): Promise<void> {
    const { base = '/wechat', script: source, wx, landingUrl = landedOn } = this.#options
    const script = await loadOfficialScript(wx, scriptSources(source, base))
    if (!/micromessenger/i.test(navigator.userAgent)) {
      throw new WechatPageError(
        'outside-wechat',
        'This page is not open in WeChat',
        'Open it in WeChat, or against the simulator of express-wechat.',
      )
    }

    const landing = () => withoutFragment(landingUrl)
    const current = () => withoutFragment(location.href)
    const landingFirst = prefersLanding ?? /iphone|ipad/i.test(navigator.userAgent)
    try {
      await this.#configure(script, landingFirst ? landing : current)
    } catch (error) {
      if (!isInvalidSignature(error) || landing() === current()) throw error
      // A single-page app is somewhere else than where it was landed on, and this client verifies the other one.
      try {
        await this.#configure(script, landingFirst ? current : landing)
      } catch {
        throw error
      }
      prefersLanding = !landingFirst
    }
  }

  abort(): void {
    this.#controller.abort()
  }

  timedOut(timeoutMs: number): WechatPageError {
    return new WechatPageError(
      'timeout',
      `Nothing came within ${timeoutMs} ms while waiting for ${this.#waitingFor}`,
      window.WeixinJSBridge
        ? 'Check the network, and that no other code of the page calls wx.config.'
        : 'WeixinJSBridge never appeared: this is no WeChat, whatever its User-Agent says.',
    )
  }

  async #configure(script: OfficialScript, address: () => string): Promise<void> {
    const { base = '/wechat', endpoint = `${base}/offiaccount/jssdk` } = this.#options
    const { signal } = this.#controller
    let url: string
    let fields: ConfigFields
    do {
      url = address()
      this.#waitingFor = `the signature from ${endpoint}`
      fields = await fetchSignature(endpoint, url, signal)
      // The router may have moved on meanwhile, and this would be the signature of a page that is gone.
    } while (address() !== url && !signal.aborted)
    if (signal.aborted) throw this.#tooLate()

    this.#waitingFor = 'WeChat’s answer to wx.config'
    const errMsg = await this.#verdict(script, fields)
    if (signal.aborted) throw this.#tooLate()
    if (errMsg !== undefined) throw refusal(errMsg, url)
  }

  /** Nobody waits any more: this only ends what is under way. */
  #tooLate(): Error {
    return new Error('out of time')
  }

  /** Undefined is WeChat's yes; else its words. */
  #verdict(script: OfficialScript, fields: ConfigFields): Promise<string | undefined> {
    const { jsApiList, openTagList = [], debug = false } = this.#options
    // The official script writes its internal names into these.
    const verifyJsApiList = [...jsApiList]
    const verifyOpenTagList = [...openTagList]

    // `ready` tells of the first configuration of a page only, and `error` of none where the version is, by the
    // order of strings, below 6.0.2. Then the question is put once more, by the official way to reach WeChat.
    const hasToAsk = script.invoke !== undefined || errorIsSilent()

    return new Promise(resolve => {
      const stopListening = onConfigFailure(script, ({ errMsg }) => settle(errMsg ?? 'config:fail'))
      // A callback of the page that threw can have cost us ours. Once WeChat has answered, `ready` calls at once.
      const again = setInterval(() => script.ready(passed), 300)
      const settle = (errMsg: string | undefined) => {
        stopListening()
        clearInterval(again)
        resolve(errMsg)
      }
      const passed = () => {
        if (!hasToAsk) settle(undefined)
      }
      this.#controller.signal.addEventListener('abort', () => settle(undefined))

      script.config({ debug, ...fields, jsApiList: verifyJsApiList, openTagList: verifyOpenTagList })
      script.ready(passed)
      if (!hasToAsk) return
      whenBridgeIsReady(() =>
        script.invoke?.('preVerifyJSAPI', { verifyJsApiList, verifyOpenTagList }, result => {
          const verdict = readVerdict(result)
          // A client that won't be asked leaves only the silence of `error` to go by.
          if (verdict === 'unknown') setTimeout(() => settle(undefined), 1_500)
          else settle(verdict)
        }),
      )
    })
  }
}

function scriptSources(script: string | undefined, base: string): string[] {
  if (script)
    return [script, ...(script.includes('//res.wx.qq.com/') ? [script.replace('//res.', '//res2.')] : [])]
  const own = `${base}/jweixin.js`
  // Without WeChat around it, or with the simulator's, Tencent's copy would be loaded for nothing.
  return isRealWechat() ? [own, fallbackScript] : [own]
}

function isRealWechat(): boolean {
  return /micromessenger/i.test(navigator.userAgent) && !/wxsim/i.test(navigator.userAgent)
}

function errorIsSilent(): boolean {
  const version = /micromessenger\/(\d+\.\d+(?:\.\d+)?)/i.exec(navigator.userAgent)?.[1] ?? ''
  return version < '6.0.2'
}

function whenBridgeIsReady(run: () => void): void {
  if (window.WeixinJSBridge) run()
  else document.addEventListener('WeixinJSBridgeReady', run, { once: true })
}

function readVerdict({ err_msg, errMsg = err_msg ?? '' }: WechatResult): string | undefined | 'unknown' {
  const text = errMsg.slice(errMsg.indexOf(':') + 1).replace(/^fail(ed)?_/, '')
  if (text === 'ok' || text === '') return undefined
  if (/function_not_exist|access_denied|no_permission/.test(errMsg)) return 'unknown'
  return `config:${text.replaceAll('_', ' ')}`
}

function isInvalidSignature(error: unknown): boolean {
  return error instanceof WechatPageError && /invalid signature/.test(error.errMsg ?? '')
}

function withoutFragment(href: string): string {
  return href.split('#')[0] ?? href
}
