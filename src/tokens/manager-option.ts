import { z } from 'zod'

import { isTokenManager } from './context.js'
import { defaultTokenManager, type TokenManager } from './token-manager.js'

/** The option for the account of a handler. */
export interface TokenManagerOption {
  /** The account's manager. @default one that all factories share, made from WECHAT_APP_ID and WECHAT_APP_SECRET */
  tokenManager?: TokenManager | undefined
}

export const tokenManagerShape = {
  tokenManager: z
    .custom<TokenManager>(isTokenManager, 'must be what createTokenManager() returns')
    .optional(),
}

/** The token manager that a factory was given, or the one that all factories share. */
export function resolveTokenManager(options: TokenManagerOption): TokenManager {
  return options.tokenManager ?? defaultTokenManager()
}
