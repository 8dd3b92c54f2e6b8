export type { Clock } from './clock.js'
export {
  type ErrorBody,
  isDeadTokenError,
  toErrorBody,
  type UpstreamFailure,
  WechatApiError,
  WechatConfigError,
  WechatError,
  type WechatErrorDetails,
  WechatRequestError,
  WechatUnavailableError,
  WechatUpstreamError,
} from './errors.js'
export { type JssdkConfig, signJssdkConfig } from './jssdk-signature.js'
export { type DownloadedMedia, type DownloadMediaOptions, downloadMedia } from './media/download-media.js'
export type { MediaLimitOptions } from './media/media-limits.js'
export { type SavedMedia, type SaveTarget, saveMedia } from './media/save-media.js'
export { type AccessTokenOptions, accessTokenHandler } from './middleware/access-token-handler.js'
export { boundedSessionStore } from './middleware/bounded-session-store.js'
export type { HandlerOptions, SessionOptions } from './middleware/common-options.js'
export {
  type DomainVerificationOptions,
  domainVerificationHandler,
} from './middleware/domain-verification-handler.js'
export { type FollowerOptions, followerHandler } from './middleware/follower-handler.js'
export type { GatewayOptions } from './middleware/gateway-login.js'
export type { ErrorAnswer } from './middleware/handle.js'
export { type JssdkConfigOptions, jssdkConfigHandler } from './middleware/jssdk-config-handler.js'
export { type JweixinOptions, jweixinHandler } from './middleware/jweixin-handler.js'
export type { MediaAccess } from './middleware/media-access.js'
export { type MediaProxyOptions, mediaProxyHandler } from './middleware/media-proxy-handler.js'
export type { RequestFailure } from './middleware/report-failure.js'
export {
  type RequireServiceKeyOptions,
  requireServiceKey,
  type ServiceKeys,
} from './middleware/require-service-key.js'
export {
  type RequireWechatLoginOptions,
  requireWechatLogin,
  type WechatLogin,
} from './middleware/require-wechat-login.js'
export type { SiteOptions } from './middleware/site.js'
export { type WechatAuthOptions, wechatAuthRouter } from './middleware/wechat-auth-router.js'
export { type WechatRouterOptions, wechatRouter } from './middleware/wechat-router.js'
export { checkUserToken } from './tokens/check-user-token.js'
export { memoryTokenStore } from './tokens/memory-token-store.js'
export {
  type RedisTokenClient,
  type RedisTokenStoreOptions,
  redisTokenStore,
} from './tokens/redis-token-store.js'
export { type ResilientRedisOptions, resilientRedisOptions } from './tokens/resilient-redis-options.js'
export type { StoreFailureReason } from './tokens/store-failure.js'
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
export {
  type ConvertedVoice,
  type ConvertVoiceOptions,
  convertVoice,
  detectVoice,
  type VoiceCodec,
  VoiceError,
  type VoiceErrorCode,
  type VoiceFormat,
  voiceDurationSeconds,
} from './voice/index.js'
export type { TokenMode } from './wechat-api/credentials.js'
export type { Scope } from './wechat-api/oauth.js'
export type { WechatRequestOptions } from './wechat-api/request.js'
