import type { Clock } from '../util/clock.js'
import type { WechatAccountOptions } from '../wechat-api/account.js'
import type { TokenMode } from '../wechat-api/credentials.js'
import type { WechatRequestOptions } from '../wechat-api/request.js'
import type { TokenSourceFunction, TokenSourceGateway } from './source/token-source-options.js'
import type { TokenStore } from './stores/token-store.js'
import type { TokenEventListener, TokenEventName } from './token-events.js'

/** The options of `createTokenManager()`. */
export interface TokenManagerOptions extends WechatAccountOptions {
  /**
   * With `stable`, WeChat returns the current token to each fetch. With `legacy`, each fetch replaces the token: for
   * accounts whose token older software fetches too. Several processes then need a shared store; in production
   * (NODE_ENV) a legacy manager without one emits a process warning.
   * @default the environment's WECHAT_TOKEN_MODE, else 'stable'
   */
  tokenMode?: TokenMode | undefined
  /**
   * Takes the tokens from a gateway of this package, or from another team's service, instead of WeChat. The app
   * secret is then needed for logins only.
   * @default the environment's WECHAT_TOKEN_SOURCE_URL and WECHAT_TOKEN_SOURCE_KEY, else none
   */
  tokenSource?: TokenSourceGateway | TokenSourceFunction | undefined
  /**
   * The store that processes share.
   * @default `createMemoryTokenStore()`, for one process
   */
  store?: TokenStore | undefined
  /**
   * A part of the store's keys, so that development and production never share a token.
   * @default the environment's NODE_ENV, else 'development'
   */
  environment?: string | undefined
  /** Replaces the clock in tests. @default the system's clock */
  clock?: Clock | undefined
}

declare const brand: unique symbol

/**
 * What the middlewares of this package need of an account besides its tokens. It has no readable fields; a copy of a
 * token manager (`{ ...tokenManager, getAccessToken }`) has to keep it.
 */
export interface WechatContext {
  readonly [brand]: 'WechatContext'
}

/**
 * The `access_token` and `jsapi_ticket` of one account, for all middlewares and for your own handlers. Middlewares
 * take tokens only through these methods, so a copy with a replaced `getAccessToken`, `getJsapiTicket` or
 * `invalidate` works in all of them.
 */
export interface TokenManager {
  readonly appId: string
  readonly context: WechatContext
  /**
   * An access token that WeChat accepts now. A cached one comes at once, or, if it was not checked for a minute, after
   * one call to the store; it is refreshed ahead, in the background. The signal ends the waiting of this caller only.
   *
   * @throws {WechatError} if no token can be obtained
   * @see https://developers.weixin.qq.com/doc/offiaccount/Basic_Information/getStableAccessToken.html 获取稳定版接口调用凭据
   */
  getAccessToken(options?: { signal?: AbortSignal | undefined }): Promise<string>
  /**
   * The ticket that signs pages for the JS-SDK. It is fetched again every 10 minutes, in the background, because
   * WeChat replaces tickets without notice. A ticket that WeChat has not confirmed for 30 minutes is served only if
   * WeChat can't be reached.
   *
   * @throws {WechatError} if no ticket can be obtained
   * @see https://developers.weixin.qq.com/doc/offiaccount/OA_Web_Apps/JS-SDK.html 附录1-JS-SDK使用权限签名算法
   */
  getJsapiTicket(options?: { signal?: AbortSignal | undefined }): Promise<string>
  /**
   * Reports a token or ticket that WeChat refused with 40001, 40014 or 42001. It is removed only if it is still the
   * current one, so that many reports of one token cause one refresh.
   */
  invalidate(token: string): Promise<void>
  /**
   * Calls any API of WeChat with the token filled in. If WeChat refuses the token, it is replaced and the call
   * repeated once.
   *
   * @example
   * const tags = await tokenManager.request('/cgi-bin/tags/get')
   *
   * @throws {WechatApiError} if WeChat refuses, `WechatUpstreamError` if WeChat can't be reached or its answer
   * can't be read
   */
  request(path: string, options?: WechatRequestOptions): Promise<Record<string, unknown>>
  /**
   * Adds a listener, and returns this manager. An exception of a listener is thrown as an uncaught exception, and does
   * not affect the refresh.
   *
   * @example
   * tokenManager.on('refresh-failed', event => logger.warn(event))
   */
  on<Name extends TokenEventName>(event: Name, listener: TokenEventListener<Name>): TokenManager
  /** Removes a listener that {@link TokenManager.on} added, and returns this manager. */
  off<Name extends TokenEventName>(event: Name, listener: TokenEventListener<Name>): TokenManager
  /**
   * Stops refreshing, ends leases and closes connections, within five seconds. Later calls for a credential that is
   * not cached fail with the code `closed`.
   */
  close(): Promise<void>
}
