import type { RequestHandler } from 'express'
import type { WechatErrorAnswer } from '../http/async-handler.js'
import { asyncHandler } from '../http/async-handler.js'
import { createLoginSession } from '../login/login-session.js'
import { requireServiceKey, type ServiceKeys } from '../service-keys/require-service-key.js'
import { resolveTokenManager } from '../tokens/manager-option.js'
import type { TokenManager } from '../tokens/token-manager.js'

/**
 * Who may fetch media: `'open'` anybody who knows a `media_id`, as in the published interface, whose callers are
 * back ends; `'login'` people who are logged in; `'key'` back ends with one of the service keys.
 */
export type MediaAccess = 'open' | 'login' | 'key'

export interface MediaAccessOptions {
  tokenManager: TokenManager | undefined
  onError: WechatErrorAnswer | undefined
  sessionKey: string
  access: MediaAccess
  serviceKeys: ServiceKeys | undefined
}

/** The middleware before the media handler of `wechatRouter()`. */
export function mediaAccessGuard(options: MediaAccessOptions): RequestHandler {
  const { access, serviceKeys, onError, sessionKey } = options
  if (access === 'key') return requireServiceKey({ serviceKeys: serviceKeys ?? {}, onError })
  if (access === 'open') return (_req, _res, next) => next()
  const session = createLoginSession({ sessionKey, appId: resolveTokenManager(options).appId })

  return asyncHandler(function mediaAccess(req, _res, next) {
    session.require(req)
    next()
  }, onError)
}
