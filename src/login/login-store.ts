import { WechatError } from '../errors/errors.js'
import type { AccountContext } from '../tokens/context.js'
import { StoreUnavailableError } from '../tokens/stores/store-failure.js'
import type { TokenStore } from '../tokens/stores/token-store.js'

export type LoginStoreContext = Pick<AccountContext, 'store' | 'reportStoreFailure'>

/**
 * Calls the token store for a login, and throws if the store is down: without a claim, a login could be used twice.
 * @throws {WechatUnavailableError}
 */
export async function callStore<Result>(
  { store, reportStoreFailure }: LoginStoreContext,
  call: (store: TokenStore) => Promise<Result>,
): Promise<Result> {
  try {
    return await call(store)
  } catch (error) {
    const reason = reportStoreFailure('login', error)
    throw error instanceof WechatError ? error : new StoreUnavailableError(reason)
  }
}
