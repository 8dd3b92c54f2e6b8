import type { Clock } from '../util/clock.js'
import { createMemoryTokenStore } from './stores/memory-token-store.js'
import type { TokenStoreUnavailableReason } from './stores/store-failure.js'
import type { TokenStore, TokenStoreInvalidation } from './stores/token-store.js'

/** The part of a store that credentials use. */
export type CredentialStore = Pick<TokenStore, 'acquire' | 'publish' | 'fail' | 'release' | 'invalidate'>

/** The shared store, and a store of this process that replaces it during an outage. */
export interface StoreWithFallback {
  /** The shared store. What it throws becomes a {@link StoreFailure}. */
  readonly shared: CredentialStore
  /** Replaces the shared store for this process, by the same rules, until it has recovered. */
  useFallback(): CredentialStore
  /** Drops what this process stored in the fallback, because it may be outdated at the next outage. */
  onStoreRecovered(): void
  /** Invalidates in both stores. During an outage only the fallback knows of the cooldown. */
  invalidate(slot: string, value: string, cooldownMs: number): Promise<TokenStoreInvalidation>
}

/** The shared store is down. Only the reason is kept of what the store threw: that can hold an address or a token. */
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

/** For `catch`: returns undefined if the store is down, and throws any other error again. */
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
