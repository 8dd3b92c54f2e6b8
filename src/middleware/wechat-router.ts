import { Router } from 'express'
import { z } from 'zod'
import { parseOptions } from '../options.js'
import { followerHandler } from './follower-handler.js'
import { jssdkConfigHandler } from './jssdk-config-handler.js'
import { type MediaProxyOptions, mediaProxyHandler } from './media-proxy-handler.js'
import { route, sendNotFound } from './methods.js'
import { type WechatAuthOptions, wechatAuthRouter } from './wechat-auth-router.js'

export interface WechatRouterOptions extends WechatAuthOptions {
  /** Limits of the media handler. */
  media?: Omit<MediaProxyOptions, 'tokenManager' | 'onError'> | undefined
}

/**
 * The whole HTTP interface under one mount: login, who is logged in, follower info, page signatures, media. All
 * other paths below the mount are 404 in the interface's JSON.
 *
 * Needs `express-session` before it.
 *
 * @example
 * app.use('/wechat', wechatRouter())
 *
 * @throws {WechatConfigError} from the factory, naming the option
 */
export function wechatRouter(options: WechatRouterOptions = {}): Router {
  parseOptions('wechatRouter', z.looseObject({}), options)
  const { media, ...authOptions } = options
  const { tokenManager, onError, sessionKey, publicUrl, allowedOrigins } = authOptions
  const router = Router({ caseSensitive: true, strict: true })
  router.use(wechatAuthRouter(authOptions))
  route(router, 'GET', '/offiaccount/user', followerHandler({ tokenManager, onError, sessionKey }))
  route(
    router,
    'POST',
    '/offiaccount/jssdk',
    jssdkConfigHandler({ tokenManager, onError, publicUrl, allowedOrigins }),
  )
  router.all('/offiaccount/media', mediaProxyHandler({ tokenManager, onError, ...media }))
  router.use(sendNotFound)
  return router
}
