import type { Clock } from '../util/clock.js'
import { createSingleFlight } from '../util/single-flight.js'
import { createAcquirer } from './acquirer.js'
import type { CredentialPolicy } from './credential-policy.js'
import { createCredentialState } from './credential-state.js'
import { createRefresher } from './refresher.js'
import { createStoreFallback, StoreFailure } from './store-fallback.js'
import { StoreUnavailableError, type TokenStoreUnavailableReason } from './stores/store-failure.js'
import type { StoreFailureReporter } from './stores/store-failure-reporter.js'
import type { TokenStore } from './stores/token-store.js'
import type { TokenEventHub } from './token-events.js'

export interface CredentialCacheOptions {
  appId: string
  store: TokenStore
  clock: Clock
  events: TokenEventHub
  reportStoreFailure: StoreFailureReporter
  /** A signal that aborts when the token manager closes. */
  lifetime: AbortSignal
}

export interface CredentialCache {
  /**
   * Returns a credential that WeChat accepts now. The signal ends this caller's waiting only.
   * @throws {WechatError} if no credential can be obtained
   */
  get(signal?: AbortSignal): Promise<string>
  /** The remaining TTL of this credential, in milliseconds; 0 if it is not the cached one. */
  remainingMs(value: string): number
  /** Reports a credential that WeChat refused. The report is ignored if another credential has replaced it. */
  invalidate(value: string): Promise<void>
  /** Resolves when the refresh in flight has ended; at once if there is none. */
  settled(): Promise<void>
}

/** A credential that was invalidated and published again is not invalidated a second time within this time. */
const COOLDOWN_MS = 10_000
const FLIGHT = 'request'

/**
 * Makes the cache of one credential of one account. All callers of this process share it, and all processes share the
 * credential through the store. Each process sends one request to the store at a time (single-flight). The store elects
 * one process as leader, which refreshes ahead in the background while the current credential is served.
 */
export function createCredentialCache(
  policy: CredentialPolicy,
  { appId, store, clock, events, reportStoreFailure, lifetime }: CredentialCacheOptions,
): CredentialCache {
  const about = { appId, credential: policy.name }
  const state = createCredentialState(policy, clock)
  const stores = createStoreFallback(store, clock, error => reportStoreFailure(policy.name, error))
  const refresher = createRefresher({ policy, state, appId, clock, events, lifetime })
  const acquireFrom = createAcquirer({ policy, state, refresher, stores, appId, clock, events, lifetime })
  const flights = createSingleFlight<typeof FLIGHT, string>()

  async function get(signal?: AbortSignal): Promise<string> {
    signal?.throwIfAborted()
    const isRefreshing = refresher.inFlight() !== undefined
    const decision = state.decide({ isRefreshing, isInFlight: flights.isInFlight(FLIGHT) })
    const cached = state.current()
    if (cached && decision === 'serve') return cached.value
    if (cached && decision === 'serve-and-refresh') {
      // The caller gets the cached credential, so a failure of this request is not thrown: events report it.
      flights.run(FLIGHT, acquire).catch(() => {})
      return cached.value
    }
    // For both "wait" and "fetch": single-flight joins the request that is in flight, or starts one.
    return flights.run(FLIGHT, acquire, { signal })
  }

  async function acquire(): Promise<string> {
    try {
      return await acquireFrom(stores.shared)
    } catch (error) {
      if (!(error instanceof StoreFailure)) throw error
      return acquireWithoutStore(error.reason)
    }
  }

  /**
   * Gets the credential while the store is down. The cached one is served until a refresh is due; after that, this
   * process fetches for itself. In legacy mode the cached token is served as long as it is fresh; after that, this
   * throws.
   */
  async function acquireWithoutStore(reason: TokenStoreUnavailableReason): Promise<string> {
    const fresh = state.fresh()
    if (fresh) {
      fresh.checkedAt = clock.monotonicMs()
      state.postponeAttempt()
      if (policy.isExclusive || !state.isRefreshDue(fresh)) return fresh.value
    }
    if (policy.isExclusive) throw new StoreUnavailableError(reason, ONLY_THE_STORE_ELECTS)
    return acquireFrom(stores.useFallback())
  }

  return {
    get,
    remainingMs(value) {
      const cached = state.current()
      return cached?.value === value ? Math.max(0, cached.expiresAt - clock.monotonicMs()) : 0
    },
    async invalidate(value) {
      const outcome = await stores.invalidate(policy.slot, value, COOLDOWN_MS)
      if (outcome === 'in-cooldown') return
      if (state.current()?.value === value) state.drop()
      if (outcome === 'removed') events.emit('invalidated', about)
    },
    async settled() {
      await refresher.inFlight()?.catch(() => {})
    },
  }
}

const ONLY_THE_STORE_ELECTS = ', and in legacy mode only the store may decide which process refreshes'
