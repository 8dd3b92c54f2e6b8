/**
 * Every failure of this package: one class for what all of them carry, and one for each party that can be at
 * fault. None holds a secret, a token, a ticket, a login code or a query string, and none has an error of an HTTP
 * or Redis client as its `cause`: those carry what they were sent.
 */

export interface WechatErrorDetails {
  /** A stable name for programs; messages may change, codes don't. */
  code: string
  /** The HTTP status with which a handler answers this failure. */
  status: number
  /** What the person in front of the page reads, in Chinese. @default a sentence for the status */
  userMessage?: string
  /** Seconds after which trying again can help; sent as `Retry-After`. */
  retryAfterSeconds?: number
}

/** The base of all errors of this package. */
export class WechatError extends Error {
  override readonly name: string = 'WechatError'
  readonly code: string
  readonly status: number
  readonly userMessage: string
  readonly retryAfterSeconds: number | undefined

  constructor(message: string, details: WechatErrorDetails) {
    super(message)
    this.code = details.code
    this.status = details.status
    this.userMessage = details.userMessage ?? defaultUserMessage(details.status)
    this.retryAfterSeconds = details.retryAfterSeconds
  }
}

/** A mistake in options or environment, thrown by the factory that was given it. */
export class WechatConfigError extends WechatError {
  override readonly name = 'WechatConfigError'

  constructor(message: string, code = 'invalid_options') {
    super(message, { code, status: 500 })
  }
}

/** What a client of ours sent can't be accepted, or who it is may not have what it asks for. */
export class WechatRequestError extends WechatError {
  override readonly name = 'WechatRequestError'
}

/** WeChat did not answer, not in time, or with something that isn't its protocol. */
export class WechatUpstreamError extends WechatError {
  override readonly name = 'WechatUpstreamError'
  /** The path that was called, without its query string. */
  readonly endpoint: string
  /** What happened there, such as `cannot reach api.weixin.qq.com: ECONNREFUSED`. */
  readonly detail: string

  constructor(code: UpstreamFailure, endpoint: string, detail: string, retryAfterSeconds?: number) {
    super(`WeChat ${endpoint}: ${detail}`, {
      code,
      status: code === 'wechat_timeout' ? 504 : 502,
      ...(code === 'wechat_unreachable' && { userMessage: '暂时无法连接微信，请稍后再试' }),
      ...(retryAfterSeconds !== undefined && { retryAfterSeconds }),
    })
    this.endpoint = endpoint
    this.detail = detail
  }
}

export type UpstreamFailure = 'wechat_timeout' | 'wechat_unreachable' | 'wechat_protocol'

/** Something that this service needs is away or overloaded: its session store, its token store, a free place. */
export class WechatUnavailableError extends WechatError {
  override readonly name = 'WechatUnavailableError'

  constructor(message: string, code: string, retryAfterSeconds = 1) {
    super(message, { code, status: 503, retryAfterSeconds })
  }
}

/**
 * WeChat refused a call.
 * @see 公众号文档 «全局返回码»
 */
export class WechatApiError extends WechatError {
  override readonly name = 'WechatApiError'
  /** WeChat's own number, for example 40029. */
  readonly errcode: number
  /** WeChat's own text. For logs alone: it can carry this server's address. */
  readonly errmsg: string
  /** WeChat's id of the call, which its support asks for. */
  readonly rid: string | undefined
  /** The path that was called, without its query string. */
  readonly endpoint: string
  /** What to do about it, in English, where that is known. */
  readonly remedy: string | undefined

  constructor(endpoint: string, errcode: number, errmsg: string, retryAfterSeconds?: number) {
    const remedy = REMEDIES[errcode]
    super(`WeChat ${endpoint} refused with ${errcode} (${errmsg})${remedy ? `: ${remedy}` : ''}`, {
      code: 'wechat_refused',
      status: statusOfErrcode(endpoint, errcode),
      ...userMessageOfErrcode(endpoint, errcode),
      ...(retryAfterSeconds !== undefined && { retryAfterSeconds }),
    })
    this.errcode = errcode
    this.errmsg = errmsg
    this.rid = /rid: ([0-9a-f]{8}(?:-[0-9a-f]{8}){2})/.exec(errmsg)?.[1]
    this.endpoint = endpoint
    this.remedy = remedy
  }
}

/** The token that a call carried is dead: WeChat's three ways to say so. */
export function isDeadTokenError(error: unknown): error is WechatApiError {
  return error instanceof WechatApiError && [40001, 40014, 42001].includes(error.errcode)
}

/** What is told of a failure to the person in front of the page. */
export interface ErrorBody {
  status: number
  msg: string
  data: { errcode: number } | null
}

export function toErrorBody(error: WechatError): ErrorBody {
  return {
    status: error.status,
    msg: error.userMessage,
    data: error instanceof WechatApiError ? { errcode: error.errcode } : null,
  }
}

/** From WeChat's refusal to the HTTP status of ours. A code's meaning depends on whom it speaks of. */
export function statusOfErrcode(endpoint: string, errcode: number): number {
  return STATUS_AT[endpoint]?.[errcode] ?? STATUS[errcode] ?? 502
}

/** Codes that mean the same everywhere; one that is not named is 502: WeChat broke an agreement we don't know. */
const STATUS: Record<number, number> = {
  [-1]: 504,
  45009: 429,
  45011: 429,
  // Our configuration: wrong id or secret, address not whitelisted, the account lacks the API or is frozen.
  40002: 500,
  40013: 500,
  40125: 500,
  40164: 500,
  40243: 500,
  41002: 500,
  41004: 500,
  48001: 500,
  48004: 500,
  50004: 500,
  50007: 500,
  61024: 500,
  89501: 500,
  89503: 500,
  89506: 500,
  89507: 500,
}

/** The user's own token is dead, the user withdrew the grant, or changed the password: log in again. */
const USER_TOKEN_DEAD: Record<number, number> = {
  40001: 401,
  40003: 401,
  40014: 401,
  40030: 401,
  42001: 401,
  42002: 401,
  42007: 401,
}

const STATUS_AT: Record<string, Record<number, number>> = {
  // On the issuing endpoints 40001 speaks of the secret.
  '/cgi-bin/token': { 40001: 500 },
  '/cgi-bin/stable_token': { 40001: 500 },
  '/sns/oauth2/access_token': { 40001: 500, 40029: 400, 40163: 400, 40226: 403, 41008: 400, 42003: 400 },
  '/sns/oauth2/refresh_token': { ...USER_TOKEN_DEAD, 40029: 401 },
  '/sns/userinfo': { ...USER_TOKEN_DEAD, 48001: 403 },
  '/sns/auth': USER_TOKEN_DEAD,
  '/cgi-bin/user/info': { 40003: 403, 43004: 403, 46004: 403, 50005: 403 },
  '/cgi-bin/media/get': { 40007: 400 },
  '/cgi-bin/media/get/jssdk': { 40007: 400 },
}

function userMessageOfErrcode(endpoint: string, errcode: number): { userMessage: string } | undefined {
  if (errcode === 40007) return { userMessage: '素材不存在或已过期，请重新上传' }
  if (errcode === 40029 || errcode === 42003) return { userMessage: '登录凭证已失效，请重新登录' }
  if (errcode === 40163) return { userMessage: '登录凭证已被使用，请重新登录' }
  if (statusOfErrcode(endpoint, errcode) === 403) {
    return { userMessage: endpoint === '/sns/userinfo' ? '需要授权获取个人信息' : '请先关注公众号' }
  }
  return undefined
}

/** First aid for the codes that people meet first. */
const REMEDIES: Record<number, string> = {
  [-1]: 'WeChat is busy; try again shortly',
  40001:
    'the token is not the latest one (does other software fetch tokens for this account?), or the secret is wrong',
  40003: 'the openid belongs to another account, or to another token',
  40007: 'the media_id is wrong, of another account, or older than three days',
  40013: 'check the app id (WECHAT_APP_ID)',
  40029: 'login codes live five minutes and belong to one app id; start the login again',
  40125: 'check the app secret (WECHAT_APP_SECRET); it changes when somebody resets it in the console',
  40163: 'the code was used before: the callback was opened twice; start the login again',
  40164: "add this server's address to the account's IP whitelist (IP白名单); the message names the address",
  40243: 'the app secret is frozen; an administrator has to unfreeze it in the console',
  41001: 'no access token was sent',
  42001: 'the token has expired',
  45009: "the day's quota is used up; see clear_quota in the console",
  45011: "the minute's quota is used up; wait a minute",
  48001:
    'the account type or the granted scope lacks this API (user info needs snsapi_userinfo and a certified service account)',
  48004: 'the API is banned for this account; see the console',
  50004: 'the account may not use tokens; see the console',
  50007: 'the account is frozen',
  61024: 'this app id belongs to a third-party platform, which has its own token API',
  89501: 'an administrator has to confirm this server address in WeChat; a request is pending',
  89503: 'an administrator has to confirm this server address; WeChat has sent them a message',
  89506: 'the administrator refused this server address twice; it is blocked for 24 hours',
  89507: 'the administrator refused this server address; it is blocked for an hour',
}

function defaultUserMessage(status: number): string {
  return USER_MESSAGES[status] ?? (status < 500 ? '请求无法处理' : '服务暂时不可用，请稍后再试')
}

const USER_MESSAGES: Record<number, string> = {
  400: '请求参数不正确',
  401: '请先登录微信',
  403: '没有权限',
  404: '没有这个地址',
  405: '不支持这种请求方法',
  413: '内容超过大小限制',
  415: '不支持的内容类型',
  429: '请求太频繁，请稍后再试',
  500: '服务器内部错误',
  502: '微信返回了无法识别的内容，请稍后再试',
  503: '服务繁忙，请稍后再试',
  504: '微信响应超时，请稍后再试',
}
