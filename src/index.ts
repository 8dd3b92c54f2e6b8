export type { Clock } from './clock.js'
export {
  type ErrorBody,
  isDeadTokenError,
  toErrorBody,
  WechatApiError,
  WechatConfigError,
  WechatError,
  WechatRequestError,
  WechatUnavailableError,
  WechatUpstreamError,
} from './errors.js'
export { type JssdkConfig, signJssdkConfig } from './jssdk-signature.js'
export {
  type DomainVerificationOptions,
  domainVerificationHandler,
} from './middleware/domain-verification-handler.js'
export { type FollowerOptions, followerHandler } from './middleware/follower-handler.js'
export { type JssdkConfigOptions, jssdkConfigHandler } from './middleware/jssdk-config-handler.js'
export { type MediaProxyOptions, mediaProxyHandler } from './middleware/media-proxy-handler.js'
export type { RequestFailure } from './middleware/report-failure.js'
export {
  type RequireWechatLoginOptions,
  requireWechatLogin,
  type WechatLogin,
} from './middleware/require-wechat-login.js'
export { type WechatAuthOptions, wechatAuthRouter } from './middleware/wechat-auth-router.js'
export { type WechatRouterOptions, wechatRouter } from './middleware/wechat-router.js'
export { memoryTokenStore } from './tokens/memory-token-store.js'
export type { TokenEventListener, TokenEventName, TokenEvents } from './tokens/token-events.js'
export { createTokenManager, type TokenManager, type TokenManagerOptions } from './tokens/token-manager.js'
export type {
  AcquireRequest,
  Acquisition,
  Failure,
  Publication,
  StoredCredential,
  TokenStore,
} from './tokens/token-store.js'
export type { TokenMode } from './wechat-api/credentials.js'
export type { Scope } from './wechat-api/oauth.js'
export type { WechatRequestOptions } from './wechat-api/request.js'
