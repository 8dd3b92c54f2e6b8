import type { Request, RequestHandler } from 'express'
import type { WechatErrorAnswer } from '../http/async-handler.js'
import { asyncHandler } from '../http/async-handler.js'
import { markKnownCaller } from '../http/known-caller.js'
import { createLoginSession } from '../login/login-session.js'
import {
  createServiceKeyFinder,
  requireServiceKey,
  type ServiceKeys,
} from '../service-keys/require-service-key.js'
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

/**
 * Passes requests that may fetch media, and notes which of them have a login or a service key, also if none is
 * required.
 */
export function mediaAccessGuard(options: MediaAccessOptions): RequestHandler {
  const { access, serviceKeys = {}, onError, sessionKey } = options
  if (access === 'key') return requireServiceKey({ serviceKeys, onError })
  const session = createLoginSession({ sessionKey, appId: resolveTokenManager(options).appId })
  const findServiceKey = createServiceKeyFinder(serviceKeys)

  function isKnown(req: Request): boolean {
    if (access === 'login') return session.require(req) !== undefined
    // An app without sessions can serve media too, so a missing session is no error here.
    const hasSession = typeof req.session === 'object' && req.session !== null
    if (hasSession && session.read(req)) return true
    return findServiceKey(req) !== undefined
  }

  return asyncHandler(function mediaAccess(req, _res, next) {
    if (isKnown(req)) markKnownCaller(req)
    next()
  }, onError)
}
