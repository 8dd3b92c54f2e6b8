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
} from './errors/errors.js'
export type { WechatErrorAnswer } from './http/async-handler.js'
export type { WechatErrorAnswerOption } from './http/error-answer-option.js'
export type { WechatGuard } from './http/guard.js'
export type { WechatCorsOption } from './http/origin/cors.js'
export type { WechatOriginOptions } from './http/origin/public-origin.js'
export type { WechatRequestFailure } from './http/report-failure.js'
export {
  type DomainVerificationOptions,
  domainVerificationHandler,
} from './jssdk/domain-verification-handler.js'
export { type JssdkConfigOptions, jssdkConfigHandler } from './jssdk/jssdk-config-handler.js'
export { type JweixinOptions, jweixinHandler } from './jssdk/jweixin-handler.js'
export { type JssdkConfig, type SignJssdkConfigInput, signJssdkConfig } from './jssdk/sign-jssdk-config.js'
export { type BoundedSessionStoreOptions, boundedSessionStore } from './login/bounded-session-store.js'
export { type FollowerOptions, followerHandler } from './login/follower-handler.js'
export type { WechatGatewayOptions } from './login/gateway/gateway-options.js'
export { type GetWechatLoginOptions, getWechatLogin } from './login/get-wechat-login.js'
export type {
  WechatLoginEvent,
  WechatLoginRefusedEvent,
  WechatLogoutEvent,
} from './login/hooks/login-events.js'
export type {
  OnWechatLogin,
  OnWechatLoginInput,
  OnWechatLoginResult,
  OnWechatLogout,
  WechatLoginHookOptions,
} from './login/hooks/login-hooks.js'
export type { JsonValue } from './login/hooks/login-values.js'
export type { WechatSessionOptions } from './login/login-session.js'
export { getWechatUserInfo } from './login/profile/get-wechat-user-info.js'
export {
  type RequireWechatLogin,
  type RequireWechatLoginOptions,
  requireWechatLogin,
} from './login/require-wechat-login.js'
export { type WechatAuthOptions, wechatAuthRouter } from './login/wechat-auth-router.js'
export type { WechatLogin } from './login/wechat-login.js'
export { type DownloadedMedia, type DownloadMediaOptions, downloadMedia } from './media/download-media.js'
export type { MediaLimitOptions } from './media/media-limits.js'
export { type MediaProxyOptions, mediaProxyHandler } from './media/media-proxy-handler.js'
export { type SavedMedia, type SaveTarget, saveMedia } from './media/save-media.js'
export { type UploadedMedia, type UploadMediaOptions, uploadMedia } from './media/upload-media.js'
export type { UploadSource } from './media/upload-source.js'
export { messageHandler } from './push/message-handler.js'
export type { WechatMessage, WechatMessageOf, WechatMessageType } from './push/messages/message-types.js'
export type {
  MessageHandlerOptions,
  OnLateWechatReply,
  OnWechatMessageError,
  WechatMessageHandlers,
} from './push/option-types.js'
export { reply, type WechatReply } from './push/replies/reply.js'
export { type CustomerMessage, sendCustomerMessage } from './push/send/send-customer-message.js'
export { type SubscriptionNotice, sendSubscriptionNotice } from './push/send/send-subscription-notice.js'
export {
  type SentTemplateMessage,
  sendTemplateMessage,
  type TemplateMessage,
} from './push/send/send-template-message.js'
export type { MediaAccess } from './router/media-access.js'
export { type WechatRouterOptions, wechatRouter } from './router/wechat-router.js'
export { type AccessTokenRouterOptions, accessTokenRouter } from './service-keys/access-token-router.js'
export type { AllowedApis } from './service-keys/api-proxy/api-path.js'
export { type ApiProxyOptions, apiProxyHandler } from './service-keys/api-proxy/api-proxy-handler.js'
export {
  type RequireServiceKeyOptions,
  requireServiceKey,
  type ServiceKeys,
} from './service-keys/require-service-key.js'
export { checkUserToken } from './tokens/check-user-token.js'
export type { TokenManagerOption } from './tokens/manager-option.js'
export type {
  TokenSourceAnswer,
  TokenSourceFunction,
  TokenSourceGateway,
  TokenSourceRequest,
} from './tokens/source/token-source-options.js'
export { createMemoryTokenStore } from './tokens/stores/memory-token-store.js'
export {
  createRedisTokenStore,
  type RedisTokenClient,
  type RedisTokenStoreOptions,
} from './tokens/stores/redis-token-store.js'
export { type ResilientRedisOptions, resilientRedisOptions } from './tokens/stores/resilient-redis-options.js'
export type { TokenStoreUnavailableReason } from './tokens/stores/store-failure.js'
export type {
  TokenStore,
  TokenStoreAcquireRequest,
  TokenStoreAcquisition,
  TokenStoreCredential,
  TokenStoreFailure,
  TokenStoreInvalidation,
  TokenStorePublication,
} from './tokens/stores/token-store.js'
export type { TokenEventListener, TokenEventName, TokenEvents } from './tokens/token-events.js'
export {
  createTokenManager,
  type TokenManager,
  type TokenManagerOptions,
  type WechatContext,
} from './tokens/token-manager.js'
export type { Clock as WechatClock } from './util/clock.js'
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
export type { UploadType } from './wechat-api/media/upload.js'
export type { Scope as WechatScope, UserInfo as WechatUserInfo } from './wechat-api/oauth.js'
export type { WechatRequestOptions } from './wechat-api/request.js'
