import { Router } from 'express'
import { z } from 'zod'
import { createCors } from '../http/origin/cors.js'
import { createPublicOrigin, type WechatOriginOptions } from '../http/origin/public-origin.js'
import { route, sendNotFound } from '../http/route.js'
import { jssdkConfigHandler } from '../jssdk/jssdk-config-handler.js'
import { jweixinHandler } from '../jssdk/jweixin-handler.js'
import { followerHandler } from '../login/follower-handler.js'
import { authOptionsShape, createAuthRouter, type WechatAuthOptions } from '../login/wechat-auth-router.js'
import {
  type MediaProxyOptions,
  mediaProxyHandler,
  mediaProxyOwnShape,
} from '../media/media-proxy-handler.js'
import { messageHandler } from '../push/message-handler.js'
import type { MessageHandlerOptions } from '../push/option-types.js'
import { messageOwnShape } from '../push/push-options.js'
import { accessTokenRouter } from '../service-keys/access-token-router.js'
import { allowedApisSchema } from '../service-keys/api-proxy/api-path.js'
import { type ApiProxyOptions, apiProxyHandler } from '../service-keys/api-proxy/api-proxy-handler.js'
import { type ServiceKeys, serviceKeysSchema } from '../service-keys/require-service-key.js'
import { parseOptions } from '../util/parse-options.js'
import { type MediaAccess, mediaAccessGuard } from './media-access.js'

/** The options of {@link wechatRouter}. */
export interface WechatRouterOptions extends WechatAuthOptions {
  /** The options of {@link mediaProxyHandler}. */
  media?: Omit<MediaProxyOptions, 'tokenManager' | 'onError' | 'cors' | keyof WechatOriginOptions> | undefined
  /**
   * Keys of the back ends that may have the shared token, by the names of the back ends. Without keys there is no
   * `/token`.
   * @default none
   */
  serviceKeys?: ServiceKeys | undefined
  /** Who may fetch media; `'key'` needs `serviceKeys`. @default 'open' */
  mediaAccess?: MediaAccess | undefined
  /**
   * The APIs of WeChat that back ends may call through `/api`, by the names of their keys; needs `serviceKeys`.
   * @default none: no `/api`
   */
  apiProxy?: Pick<ApiProxyOptions, 'allow'> | undefined
  /**
   * What to do with messages to the account, at `/push`: the options of {@link messageHandler}.
   * @default none: no `/push`
   */
  push?: Omit<MessageHandlerOptions, 'tokenManager'> | undefined
}

/** The paths that scripts of pages call, besides the router's `/auth`. */
const SCRIPT_PATHS = ['/offiaccount/user', '/offiaccount/jssdk', '/offiaccount/media']

const optionsSchema = z
  .strictObject({
    ...authOptionsShape,
    media: z.strictObject(mediaProxyOwnShape, 'must be options of mediaProxyHandler').optional(),
    serviceKeys: serviceKeysSchema.optional(),
    apiProxy: z.strictObject({ allow: allowedApisSchema }, 'must be { allow }').optional(),
    push: z.strictObject(messageOwnShape, 'must be options of messageHandler').optional(),
    mediaAccess: z.enum(['open', 'login', 'key'], 'must be "open", "login" or "key"').default('open'),
  })
  .refine(({ mediaAccess, serviceKeys }) => mediaAccess !== 'key' || serviceKeys !== undefined, {
    path: ['mediaAccess'],
    message: 'is "key", and there are no "serviceKeys"',
  })
  .refine(({ apiProxy, serviceKeys }) => apiProxy === undefined || serviceKeys !== undefined, {
    path: ['apiProxy'],
    message: 'is given, and there are no "serviceKeys"',
  })

/**
 * The whole HTTP interface under one mount: login, who is logged in, follower info, page signatures, media, the
 * official script, with service keys the shared token and WeChat's API, and with `push` the messages to the account. All
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
  const parsed = parseOptions('wechatRouter', optionsSchema, options)
  const { tokenManager, onError, sessionKey, publicUrl, allowedOrigins } = parsed
  const cors = createCors(createPublicOrigin('wechatRouter', parsed), parsed)
  const { media, serviceKeys, mediaAccess, apiProxy, push } = parsed
  const router = Router({ caseSensitive: true, strict: true })
  router.use(createAuthRouter('wechatRouter', parsed))
  router.all(SCRIPT_PATHS, cors)
  route(
    router,
    'GET or HEAD',
    '/offiaccount/user',
    followerHandler({ tokenManager, onError, sessionKey, publicUrl, allowedOrigins, cors: false }),
  )
  route(
    router,
    'POST',
    '/offiaccount/jssdk',
    jssdkConfigHandler({ tokenManager, onError, publicUrl, allowedOrigins, cors: false }),
  )
  router.use(
    '/offiaccount/media',
    mediaAccessGuard({ tokenManager, onError, sessionKey, serviceKeys, access: mediaAccess }),
  )
  router.all(
    '/offiaccount/media',
    mediaProxyHandler({ tokenManager, onError, publicUrl, allowedOrigins, cors: false, ...media }),
  )
  route(router, 'GET or HEAD', '/jweixin.js', jweixinHandler({ tokenManager }))
  if (serviceKeys) router.use('/token', accessTokenRouter({ tokenManager, onError, serviceKeys }))
  if (serviceKeys && apiProxy) {
    router.use('/api', apiProxyHandler({ tokenManager, onError, serviceKeys, ...apiProxy }))
  }
  if (push) route(router, 'GET or POST', '/push', messageHandler({ tokenManager, ...push }))
  router.use(sendNotFound)
  return router
}
