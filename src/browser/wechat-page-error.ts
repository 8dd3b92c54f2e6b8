/** The reasons of {@link WechatPageError}. */
export type WechatPageErrorReason =
  /** There is no page: the code runs on a server. */
  | 'no-browser'
  /** The page is not open in WeChat, or it is open in WeCom (企业微信), which refused it. */
  | 'outside-wechat'
  /** The official script could not be loaded. */
  | 'script'
  /** The signing endpoint wants a login first; `loginUrl` says where. */
  | 'login-required'
  /** The signing endpoint gave no signature. */
  | 'signing'
  /** WeChat refused the signature, the domain or the account. */
  | 'refused'
  /** Nothing came within `timeoutMs`. */
  | 'timeout'
  /** The person cancelled. */
  | 'cancelled'
  /** The function is not in `jsApiList`, or the account may not use it. */
  | 'denied'
  /** The function was called and failed. */
  | 'failed'

/** What {@link configureWechat} and the promised `wx` functions reject with. */
export class WechatPageError extends Error {
  override readonly name = 'WechatPageError'
  /** Why the call failed, for programs. */
  readonly reason: WechatPageErrorReason
  /** What a developer can do about it. */
  readonly remedy: string
  /** WeChat's own words: `config:invalid signature`. */
  readonly errMsg: string | undefined
  /** Where to log in, with the reason `login-required`. */
  readonly loginUrl: string | undefined

  constructor(
    reason: WechatPageErrorReason,
    message: string,
    remedy: string,
    { errMsg, loginUrl, cause }: { errMsg?: string; loginUrl?: string | undefined; cause?: unknown } = {},
  ) {
    super(`${message}. ${remedy}`, cause === undefined ? undefined : { cause })
    this.reason = reason
    this.remedy = remedy
    this.errMsg = errMsg
    this.loginUrl = loginUrl
  }
}

/** The error for a page that failed in WeCom. Its `cause` is the original error. */
export function insideWecom(error: WechatPageError): WechatPageError {
  const { errMsg, message } = error
  return new WechatPageError(
    'outside-wechat',
    `This page is open in WeCom (企业微信), not in WeChat: ${message}`,
    'Open it in WeChat; WeCom wants the jsapi_ticket of a corporation.',
    { ...(errMsg === undefined ? {} : { errMsg }), cause: error },
  )
}

/** The error for a refused `wx.config`: WeChat's own words, and what usually causes them. */
export function refusal(errMsg: string, signedUrl: string): WechatPageError {
  const remedy = remedies.find(([pattern]) => pattern.test(errMsg))?.[1] ?? 'Look it up under this text.'
  return new WechatPageError('refused', `WeChat refused the page ${signedUrl}: ${errMsg}`, remedy, { errMsg })
}

const remedies: readonly [RegExp, string][] = [
  [
    /invalid signature/,
    'Sign location.href without its fragment and otherwise unchanged, with a current jsapi_ticket of the same app id; on iOS import this module before the router changes the address.',
  ],
  [
    /invalid url domain/,
    'Add this host to the JS-SDK safe domains (JS接口安全域名) of the account that signed: developers.weixin.qq.com/platform, 我的业务, 基础信息.',
  ],
  [/require subscribe/, 'Follow the test account first: it serves its followers only.'],
  [/param is empty/, 'Name at least one function in jsApiList.'],
]
