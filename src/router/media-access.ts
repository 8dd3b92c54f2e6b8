import type { RequestHandler } from 'express'
import { handle } from '../http/async-handler.js'
import { type HandlerOptions, type SessionOptions, tokenManagerOf } from '../http/handler-options.js'
import { readRequiredLogin } from '../login/login-session.js'
import { requireServiceKey, type ServiceKeys } from '../service-keys/require-service-key.js'
import { getContext } from '../tokens/context.js'

/**
 * Who may fetch media: anybody who knows a `media_id` (the published interface, with back ends as its callers), who
 * is logged in, or a back end with one of the service keys.
 */
export type MediaAccess = 'open' | 'login' | 'key'

export interface MediaAccessOptions extends HandlerOptions, SessionOptions {
  access: MediaAccess
  serviceKeys?: ServiceKeys | undefined
}

export function mediaAccessGuard(options: MediaAccessOptions): RequestHandler {
  const { access, serviceKeys, onError, sessionKey = 'wechat' } = options
  if (access === 'key') return requireServiceKey({ keys: serviceKeys ?? {}, onError })
  const { account } = getContext(tokenManagerOf(options))

  return handle(function mediaAccess(req, _res, next) {
    if (access === 'login') readRequiredLogin(req, sessionKey, account.appId)
    next()
  }, onError)
}
