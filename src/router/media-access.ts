import type { Request, RequestHandler } from 'express'
import { handle } from '../http/async-handler.js'
import { type HandlerOptions, type SessionOptions, tokenManagerOf } from '../http/handler-options.js'
import { markKnownCaller } from '../http/known-caller.js'
import { readLogin, readRequiredLogin } from '../login/login-session.js'
import {
  createServiceKeyFinder,
  requireServiceKey,
  type ServiceKeys,
} from '../service-keys/require-service-key.js'
import { internals } from '../tokens/token-manager.js'

/**
 * Who may fetch media: anybody who knows a `media_id` (the published interface, with back ends as its callers), who
 * is logged in, or a back end with one of the service keys.
 */
export type MediaAccess = 'open' | 'login' | 'key'

export interface MediaAccessOptions extends HandlerOptions, SessionOptions {
  access: MediaAccess
  serviceKeys?: ServiceKeys | undefined
}

/** Lets pass who may fetch media, and notes who has a login or a service key, also if none is required. */
export function mediaAccessGuard(options: MediaAccessOptions): RequestHandler {
  const { access, serviceKeys = {}, onError, sessionKey = 'wechat' } = options
  if (access === 'key') return requireServiceKey({ keys: serviceKeys, onError })
  const { account } = tokenManagerOf(options)[internals]
  const findServiceKey = createServiceKeyFinder(serviceKeys)

  function isKnown(req: Request): boolean {
    if (access === 'login') return readRequiredLogin(req, sessionKey, account.appId) !== undefined
    // An app without sessions can serve media, too.
    const hasSession = typeof req.session === 'object' && req.session !== null
    if (hasSession && readLogin(req, sessionKey, account.appId)) return true
    return findServiceKey(req) !== undefined
  }

  return handle(function mediaAccess(req, _res, next) {
    if (isKnown(req)) markKnownCaller(req)
    next()
  }, onError)
}
