import { catalogueEntry } from './catalogue.js'
import { answerOfErrcode, WECHAT_ERRCODES } from './wechat-errcodes.js'

/**
 * The error classes of this package: one base class, and one class for each party that can be at
 * fault. No error holds a secret, a token, a ticket, a login code or a query string. No error has an error of an HTTP
 * or Redis client as its `cause`, since those hold what was sent.
 */

export interface WechatErrorDetails {
  /** A stable name for programs; messages may change, codes don't. */
  code: string
  /** The HTTP status with which a handler answers this error. @default the catalogue's for the code, else 500 */
  status?: number
  /** What the person in front of the page reads, in Chinese. @default the catalogue's, else a sentence for the status */
  userMessage?: string
  /** Seconds after which trying again can help; sent as `Retry-After`. */
  retryAfterSeconds?: number
}

/** The base of all errors of this package. */
export class WechatError extends Error {
  override readonly name: string = 'WechatError'
  /** A stable name of the error, for programs. */
  readonly code: string
  /** The HTTP status with which a handler answers the error. */
  readonly status: number
  /** What the person in front of the page reads, in Chinese. */
  readonly userMessage: string
  /** Seconds after which trying again can help; undefined if that is not known. */
  readonly retryAfterSeconds: number | undefined

  constructor(message: string, details: WechatErrorDetails, docsHeading = details.code) {
    const entry = catalogueEntry(details.code)
    super(entry ? `${message} (docs/errors.md#${docsHeading})` : message)
    this.code = details.code
    this.status = details.status ?? entry?.status ?? 500
    this.userMessage = details.userMessage ?? entry?.zh ?? defaultUserMessage(this.status)
    this.retryAfterSeconds = details.retryAfterSeconds
  }
}

/** A mistake in options or setup, thrown by a factory, or by the request that reveals it. */
export class WechatConfigError extends WechatError {
  override readonly name = 'WechatConfigError'

  constructor(message: string, code = 'invalid_options') {
    super(message, { code, status: 500 })
  }
}

/** A request is invalid or not permitted (4xx; 500 for a wrong path of `tokenManager.request()`). */
export class WechatRequestError extends WechatError {
  override readonly name = 'WechatRequestError'
}

/** WeChat did not answer, did not answer in time, or answered with something that is not its protocol. */
export class WechatUpstreamError extends WechatError {
  override readonly name = 'WechatUpstreamError'
  /** The path that was called, without its query string. */
  readonly endpoint: string
  /** What went wrong in the call, such as `cannot reach api.weixin.qq.com: ECONNREFUSED`. */
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

/** The codes of {@link WechatUpstreamError}. */
export type UpstreamFailure = 'wechat_timeout' | 'wechat_unreachable' | 'wechat_protocol'

/** A part that is needed is down, closed or overloaded, such as the token store (503). */
export class WechatUnavailableError extends WechatError {
  override readonly name = 'WechatUnavailableError'

  constructor(message: string, code: string, retryAfterSeconds = 1) {
    super(message, { code, status: 503, retryAfterSeconds })
  }
}

/**
 * WeChat refused a call.
 * @see https://developers.weixin.qq.com/doc/service/guide/dev/errorcode.html 全局返回码
 */
export class WechatApiError extends WechatError {
  override readonly name = 'WechatApiError'
  /** WeChat's own number, for example 40029. */
  readonly errcode: number
  /** WeChat's own text. It is for logs only, since it can contain this server's address. */
  readonly errmsg: string
  /** WeChat's id of the call, which its support asks for. */
  readonly rid: string | undefined
  /** The path that was called, without its query string. */
  readonly endpoint: string
  /** What to do about the refusal, in English, if that is known. */
  readonly remedy: string | undefined

  constructor(endpoint: string, errcode: number, errmsg: string, retryAfterSeconds?: number) {
    const { status, zh, remedy } = answerOfErrcode(endpoint, errcode)
    const userMessage = zh ?? defaultUserMessage(status)
    super(
      `WeChat ${endpoint} refused with ${errcode} (${errmsg})${remedy ? `: ${remedy}` : ''}`,
      {
        code: 'wechat_refused',
        status,
        userMessage,
        ...(retryAfterSeconds !== undefined && { retryAfterSeconds }),
      },
      Object.hasOwn(WECHAT_ERRCODES, errcode) ? `errcode-${errcode}` : 'wechat_refused',
    )
    this.errcode = errcode
    this.errmsg = errmsg
    this.rid = /rid: ([0-9a-f]{8}(?:-[0-9a-f]{8}){2})/.exec(errmsg)?.[1]
    this.endpoint = endpoint
    this.remedy = remedy
  }
}

/** Whether WeChat refused the token of a call (40001, 40014, 42001). */
export function isDeadTokenError(error: unknown): error is WechatApiError {
  return error instanceof WechatApiError && [40001, 40014, 42001].includes(error.errcode)
}

/** The JSON body of an error answer. */
export interface ErrorBody {
  status: number
  msg: string
  data: { errcode: number } | null
}

/**
 * Makes the JSON body with which this package answers an error, for handlers of your own.
 *
 * @example
 * app.use((error, req, res, next) => {
 *   if (!(error instanceof WechatError)) return next(error)
 *   res.status(error.status).json(toErrorBody(error))
 * })
 *
 * @throws {TypeError} for any other error, whose text may not be for end users
 */
export function toErrorBody(error: WechatError): ErrorBody {
  if (typeof error?.status !== 'number' || typeof error.userMessage !== 'string') {
    throw new TypeError(
      'toErrorBody: the error must be a WechatError; pass others on: if (!(error instanceof WechatError)) return next(error)',
    )
  }
  return {
    status: error.status,
    msg: error.userMessage,
    data: error instanceof WechatApiError ? { errcode: error.errcode } : null,
  }
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
