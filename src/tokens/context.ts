import { isDeadTokenError } from '../errors/errors.js'
import type { Clock } from '../util/clock.js'
import type { WechatAccount } from '../wechat-api/account.js'
import type { WechatClient } from '../wechat-api/client.js'
import type { StoreFailureReporter } from './stores/store-failure-reporter.js'
import type { TokenStore } from './stores/token-store.js'
import type { CredentialName } from './token-events.js'
import type { TokenManager, WechatContext } from './token-manager-types.js'

/** The content of a {@link WechatContext}, which this package alone can read. */
export interface AccountContext {
  readonly account: WechatAccount
  readonly client: WechatClient
  readonly store: TokenStore
  /** The beginning of the account's keys in the store; those of credentials have it in braces. */
  readonly keyPrefix: string
  readonly clock: Clock
  /** Reports a failed call to the token store by an event, and by one process warning for each reason. */
  readonly reportStoreFailure: StoreFailureReporter
  /** The remaining TTL of a credential, in milliseconds; 0 if the credential is not the cached one. */
  remainingMs(credential: CredentialName, value: string): number
}

export interface CredentialWithTtl {
  value: string
  ttlSeconds: number
}

/**
 * The content of each context is kept outside the token manager, so that inspecting or copying a manager shows none of
 * it.
 */
const contexts = new WeakMap<object, AccountContext>()

export function createContext(content: AccountContext): WechatContext {
  // The brand of WechatContext is a type only; at runtime a context is an empty object.
  const context = Object.freeze({}) as WechatContext
  contexts.set(context, content)
  return context
}

/**
 * Returns the content of a token manager's context.
 * @throws {TypeError} if this package did not make the context; {@link isTokenManager} checks that
 */
export function getContext(manager: Pick<TokenManager, 'context'>): AccountContext {
  const content = contexts.get(manager.context)
  if (!content) throw new TypeError('the token manager has a context that this package did not make')
  return content
}

/** Whether an option's value is a token manager of this package, or a copy of one that kept its `context`. */
export function isTokenManager(value: unknown): value is TokenManager {
  if (typeof value !== 'object' || value === null || !('context' in value)) return false
  const { context } = value
  return typeof context === 'object' && context !== null && contexts.has(context)
}

/**
 * Runs a call that carries the access token. If WeChat refuses the token, it is replaced and the call repeated once. If
 * the manager still returns the token that was refused, the call would be refused again, so it is not repeated.
 */
export async function withAccessToken<Result>(
  manager: Pick<TokenManager, 'getAccessToken' | 'invalidate'>,
  call: (accessToken: string) => Promise<Result>,
  signal?: AbortSignal,
): Promise<Result> {
  const token = await manager.getAccessToken({ signal })
  try {
    return await call(token)
  } catch (error) {
    if (!isDeadTokenError(error)) throw error
    await manager.invalidate(token)
    const replacement = await manager.getAccessToken({ signal })
    if (replacement === token) throw error
    return call(replacement)
  }
}

/** Gets a credential and its remaining TTL, for callers that cache it themselves. A TTL of 0 forbids caching it. */
export async function getWithTtl(
  manager: TokenManager,
  credential: CredentialName,
): Promise<CredentialWithTtl> {
  const isToken = credential === 'access_token'
  const value = await (isToken ? manager.getAccessToken() : manager.getJsapiTicket())
  return { value, ttlSeconds: getContext(manager).remainingMs(credential, value) / 1000 }
}
