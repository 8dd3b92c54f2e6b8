import { type ConfigFields, fetchSignature } from './fetch-signature.js'
import { landedOn } from './landing.js'
import { loadOfficialScript, type OfficialScript } from './official-script.js'
import { verifyPage } from './verify-page.js'
import { isRealWechat, isWechat, isWecom } from './wechat-client.js'
import { insideWecom, refusal, WechatPageError } from './wechat-page-error.js'
import type { WechatFunctionName, WechatOpenTagName } from './wx-functions.js'

/** The options of {@link configureWechat}. */
export interface ConfigureWechatOptions {
  /** The functions that the page will call, by their `wx` names. The array is left as it is. */
  jsApiList: readonly (WechatFunctionName | (string & {}))[]

  /**
   * The open tags that the page uses.
   * @default []
   */
  openTagList?: readonly (WechatOpenTagName | (string & {}))[]

  /**
   * Where the middlewares are mounted.
   * @default '/wechat'
   */
  base?: string

  /**
   * The address that signs the page: `POST {url}` gives `{appid, timestamp, noncestr, signature}`.
   * @default `{base}/offiaccount/jssdk`
   */
  endpoint?: string

  /**
   * The official script's address. For one at `res.wx.qq.com`, WeChat's second host is tried too.
   * @default `{base}/jweixin.js`
   */
  script?: string

  /** The script itself, if it is bundled: `import wx from 'weixin-js-sdk'`. */
  wx?: object

  /**
   * The address at which the page was first opened, which is the one that iOS verifies.
   *
   * @default `location.href` at the time when this module was first evaluated
   */
  landingUrl?: string

  /**
   * Lets WeChat `alert` every result.
   * @default false
   */
  debug?: boolean

  /**
   * Passed to `wx.config`. Some functions that are called by `wx.invoke` want it; WeChat does not document it.
   * @default left out
   */
  beta?: boolean

  /**
   * Milliseconds for the script, the signature and WeChat's answer together.
   * @default 10000
   */
  timeoutMs?: number
}

const fallbackScript = 'https://res2.wx.qq.com/open/js/jweixin-1.6.0.js'

// Configurations run one after another: the official script has one state per page, and would mix up their answers.
let lastTurn: Promise<unknown> = Promise.resolve()

// Which address a phone verifies may change in a later version of WeChat, so the address that was accepted last is
// tried first.
let prefersLanding: boolean | undefined

/**
 * Signs the page and resolves once WeChat has accepted it. `wx.ready` alone does not say that, because it is called
 * after a refusal as well. Call it again after a route change. The promise always settles.
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
  } catch (error) {
    // A corporation's own signing endpoint can succeed in WeCom, so that WeCom is named only after a failure.
    throw error instanceof WechatPageError && isWecom() ? insideWecom(error) : error
  } finally {
    clearTimeout(timer)
    // A request that is still in flight must not change the page's configuration after a later attempt.
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
    if (!isWechat()) {
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
      // In a single-page app the two addresses differ, and this client may verify the other one, so it is tried next.
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
      // If the router changed the address meanwhile, the signature is of the old address, so the loop signs again.
    } while (address() !== url && !signal.aborted)
    if (signal.aborted) throw tooLate()

    this.#waitingFor = 'WeChat’s answer to wx.config'
    const errMsg = await verifyPage(script, fields, this.#options, signal)
    if (signal.aborted) throw tooLate()
    if (errMsg !== undefined) throw refusal(errMsg, url)
  }
}

/** The error that stops an attempt after the time limit. No caller gets it: the promise has rejected with `timeout`. */
function tooLate(): Error {
  return new Error('out of time')
}

function scriptSources(script: string | undefined, base: string): string[] {
  if (script)
    return [script, ...(script.includes('//res.wx.qq.com/') ? [script.replace('//res.', '//res2.')] : [])]
  const own = `${base}/jweixin.js`
  // Outside WeChat and in the simulator, Tencent's copy of the script would not work, so it is not tried.
  return isRealWechat() ? [own, fallbackScript] : [own]
}

function isInvalidSignature(error: unknown): boolean {
  return error instanceof WechatPageError && /invalid signature/.test(error.errMsg ?? '')
}

function withoutFragment(href: string): string {
  return href.split('#')[0] ?? href
}
