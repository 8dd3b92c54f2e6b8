import { getContext } from '../../tokens/context.js'
import { existingDefaultTokenManager, type TokenManager } from '../../tokens/token-manager.js'
import type { MarkKey } from '../redirect-loop.js'
import { createLoginStates } from './login-state.js'

/**
 * Makes a function that returns the key of the marks in redirect-loop.ts and silent-mark.ts. The key is made from the
 * app secret of this token manager, or of the default one; undefined without either, as in an app behind a gateway.
 */
export function createMarkKeyFinder(tokenManager: TokenManager | undefined): () => MarkKey | undefined {
  let key: MarkKey | undefined

  return function findMarkKey() {
    const manager = tokenManager ?? existingDefaultTokenManager()
    if (!manager) return undefined
    const { account, clock } = getContext(manager)
    key ??= createLoginStates(account, clock)
    return key
  }
}
