import type { Clock } from '../util/clock.js'
import { createMemoryTokenStore } from './stores/memory-token-store.js'
import type { TokenStoreUnavailableReason } from './stores/store-failure.js'
import type { TokenStore, TokenStoreInvalidation } from './stores/token-store.js'

/** The methods of a token store that deal with credentials. Logins and messages use the others. */
export type CredentialStore = Pick<TokenStore, 'acquire' | 'publish' | 'fail' | 'release' | 'invalidate'>

/** The store that processes share, and a memory store that replaces it for this process during an outage. */
export interface StoreWithFallback {
  /** The shared store. Each error that it throws becomes a {@link StoreFailure}. */
  readonly shared: CredentialStore
  /** Returns the memory store that replaces the shared one for this process until the shared one has recovered. */
  useFallback(): CredentialStore
  /** Empties the memory store after an outage, because its content may be outdated at the next outage. */
  onStoreRecovered(): void
  /** Invalidates a credential in both stores, because during an outage only the memory store can keep its cooldown. */
  invalidate(slot: string, value: string, cooldownMs: number): Promise<TokenStoreInvalidation>
}

/** A failed call to the shared store. It has only a reason, since the store's error can hold an address or a token. */
export class StoreFailure extends Error {
  readonly reason: TokenStoreUnavailableReason

  constructor(reason: TokenStoreUnavailableReason) {
    super(reason)
    this.reason = reason
  }
}

export function createStoreFallback(
  store: TokenStore,
  clock: Clock,
  reportFailure: (error: unknown) => TokenStoreUnavailableReason,
): StoreWithFallback {
  const shared = guardStore(store, reportFailure)
  let fallbackStore = createMemoryTokenStore({ clock })
  let isStoreDown = false

  return {
    shared,
    useFallback() {
      isStoreDown = true
      return fallbackStore
    },
    onStoreRecovered() {
      if (isStoreDown) fallbackStore = createMemoryTokenStore({ clock })
      isStoreDown = false
    },
    async invalidate(slot, value, cooldownMs) {
      const outcome = await shared.invalidate(slot, value, cooldownMs).catch(ignoreStoreFailure)
      const fallbackOutcome = await fallbackStore.invalidate(slot, value, cooldownMs)
      const governing = outcome ?? fallbackOutcome
      if (governing === 'in-cooldown') return governing
      return fallbackOutcome === 'removed' ? 'removed' : governing
    },
  }
}

/** A handler for `.catch()`: returns undefined for a {@link StoreFailure}, and throws any other error again. */
export function ignoreStoreFailure(error: unknown): undefined {
  if (!(error instanceof StoreFailure)) throw error
  return undefined
}

function guardStore(
  store: TokenStore,
  reportFailure: (error: unknown) => TokenStoreUnavailableReason,
): CredentialStore {
  async function guard<Result>(ask: () => Promise<Result>): Promise<Result> {
    try {
      return await ask()
    } catch (error) {
      throw new StoreFailure(reportFailure(error))
    }
  }
  return {
    acquire: (slot, request) => guard(() => store.acquire(slot, request)),
    publish: (slot, publication) => guard(() => store.publish(slot, publication)),
    fail: (slot, failure) => guard(() => store.fail(slot, failure)),
    release: (slot, owner) => guard(() => store.release(slot, owner)),
    invalidate: (slot, value, cooldownMs) => guard(() => store.invalidate(slot, value, cooldownMs)),
  }
}
