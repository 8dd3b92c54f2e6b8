import { getContext } from '../../tokens/context.js'
import { existingDefaultTokenManager, type TokenManager } from '../../tokens/token-manager.js'
import type { MarkKey } from '../redirect-loop.js'
import { createLoginStates } from './login-state.js'

/**
 * The key of the marks that a router with this token manager makes, or with the default one. Undefined as long as
 * there is no token manager, as in a satellite: the app secret is then unknown.
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
