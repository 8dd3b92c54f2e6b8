import { type RequestHandler, Router } from 'express'
import {
  accessTokenRouter,
  apiProxyHandler,
  jssdkConfigHandler,
  jweixinHandler,
  mediaProxyHandler,
  requireServiceKey,
  type TokenManager,
  wechatRouter,
} from 'express-wechat'
import type { WechatConfiguration } from './configuration.ts'

export function createRouter(wechat: WechatConfiguration, tokenManager: TokenManager): Router {
  const { publicUrl, allowedOrigins, scope, defaultReturnUrl, serviceKeys, mediaAccess, apiAllow } = wechat
  if (wechat.appSecret === undefined) return createSecretlessRouter(wechat, tokenManager)
  return wechatRouter({
    tokenManager,
    publicUrl,
    allowedOrigins,
    scope,
    defaultReturnUrl,
    serviceKeys,
    mediaAccess,
    ...(apiAllow && { apiProxy: { allow: apiAllow } }),
  })
}

/** Serves what needs no app secret: page signatures, media, and the calls of back ends with a key. It has no login. */
function createSecretlessRouter(wechat: WechatConfiguration, tokenManager: TokenManager): Router {
  const { publicUrl, allowedOrigins, serviceKeys, mediaAccess, apiAllow } = wechat
  const origin = { tokenManager, publicUrl, allowedOrigins }
  const mediaGuards: RequestHandler[] =
    mediaAccess === 'key' && serviceKeys ? [requireServiceKey({ serviceKeys })] : []
  const router = Router({ caseSensitive: true, strict: true })
  // `all` includes OPTIONS, which browsers send before a call from another site.
  router.all('/offiaccount/jssdk', jssdkConfigHandler(origin))
  router.all('/offiaccount/media', ...mediaGuards, mediaProxyHandler(origin))
  router.get('/jweixin.js', jweixinHandler({ tokenManager }))
  if (serviceKeys) router.use('/token', accessTokenRouter({ tokenManager, serviceKeys }))
  if (serviceKeys && apiAllow) {
    router.use('/api', apiProxyHandler({ tokenManager, serviceKeys, allow: apiAllow }))
  }
  return router
}
