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
  /** Precedes the keys of everything that this account puts into the store. */
  readonly keyPrefix: string
  readonly clock: Clock
  /** Reports a failure of the token store. */
  readonly reportStoreFailure: StoreFailureReporter
  /** The remaining TTL of a credential, in milliseconds; 0 if the credential is not the cached one. */
  remainingMs(credential: CredentialName, value: string): number
}

export interface CredentialWithTtl {
  value: string
  ttlSeconds: number
}

/**
 * The contexts are kept outside the managers, so that neither inspecting nor copying a manager shows anything of them.
 */
const contexts = new WeakMap<object, AccountContext>()

export function createContext(content: AccountContext): WechatContext {
  // The brand is a type only; at runtime the object is empty.
  const context = Object.freeze({}) as WechatContext
  contexts.set(context, content)
  return context
}

/** @throws {TypeError} if the manager was not checked by {@link isTokenManager} before */
export function getContext(manager: Pick<TokenManager, 'context'>): AccountContext {
  const content = contexts.get(manager.context)
  if (!content) throw new TypeError('the token manager has a context that this package did not make')
  return content
}

/** Checks a value of an option: a token manager of this package, or a copy of one that kept its context. */
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

/** A credential and its remaining life, for callers that cache it themselves. 0 means: don't keep it. */
export async function getWithTtl(
  manager: TokenManager,
  credential: CredentialName,
): Promise<CredentialWithTtl> {
  const isToken = credential === 'access_token'
  const value = await (isToken ? manager.getAccessToken() : manager.getJsapiTicket())
  return { value, ttlSeconds: getContext(manager).remainingMs(credential, value) / 1000 }
}
