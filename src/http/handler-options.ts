import { z } from 'zod'
import { isTokenManager } from '../tokens/context.js'
import { defaultTokenManager, type TokenManager } from '../tokens/token-manager.js'
import type { ErrorAnswer } from './async-handler.js'

export interface HandlerOptions {
  /** The account. @default one that all factories share, made from WECHAT_APP_ID and WECHAT_APP_SECRET */
  tokenManager?: TokenManager | undefined
  /** Answers failures instead of the interface's JSON. @default `{status, msg, data}` */
  onError?: ErrorAnswer | undefined
}

export interface SessionOptions {
  /** Where in the session the login is; another one for each account. @default 'wechat' */
  sessionKey?: string | undefined
}

export const handlerOptionsShape = {
  tokenManager: z
    .custom<TokenManager>(isTokenManager, 'must be what createTokenManager() returns')
    .optional(),
  onError: z
    .custom<ErrorAnswer>(value => typeof value === 'function', 'must be a function (error, req, res, next)')
    .optional(),
}

export const sessionOptionsShape = {
  sessionKey: z
    .string()
    .regex(
      /^(?!cookie$|__proto__$)\w{1,64}$/,
      'must be a name of letters, digits and "_", other than "cookie"',
    )
    .default('wechat'),
}

export function tokenManagerOf(options: { tokenManager?: TokenManager | undefined }): TokenManager {
  return options.tokenManager ?? defaultTokenManager()
}
