import { createTokenManager, type TokenManager } from './token-manager.js'

let shared: TokenManager | undefined

/**
 * The manager that factories share when none is given to them, made from the environment when the first of them
 * needs it.
 * @throws {WechatConfigError} naming the variable that is missing
 */
export function defaultTokenManager(): TokenManager {
  shared ??= createTokenManager()
  return shared
}

/** The same, where it exists; makes none. */
export function existingDefaultTokenManager(): TokenManager | undefined {
  return shared
}
