import { randomBytes } from 'node:crypto'
import { unavailableError } from '../errors/create-error.js'
import type { Clock } from '../util/clock.js'
import { type CredentialPolicy, leaseMsFor } from './credential-policy.js'
import type { CredentialState } from './credential-state.js'
import { reasonToFailure } from './failure-codec.js'
import { closedError, type Lease, type Refresher } from './refresher.js'
import type { CredentialStore, StoreWithFallback } from './store-fallback.js'
import type { TokenStoreAcquisition } from './stores/token-store.js'
import type { TokenEventHub } from './token-events.js'

export interface AcquirerOptions {
  policy: CredentialPolicy
  state: CredentialState
  refresher: Refresher
  stores: StoreWithFallback
  appId: string
  clock: Clock
  events: TokenEventHub
  /** A signal that aborts when the token manager closes. */
  lifetime: AbortSignal
}

/** What the acquirer does after one request to the store. */
type Step =
  | { next: 'serve'; value: string }
  /** The store is asked again after this many milliseconds. */
  | { next: 'sleep'; ms: number }
  /** This process had the lease, and another one published a newer credential: the store is asked again at once. */
  | { next: 'restart' }

type LedAcquisition = TokenStoreAcquisition & { outcome: 'lead' }

/** If the leader publishes no credential in this time, a follower serves the stale one, fetches for itself or fails. */
const FOLLOW_MS = 5_000
/** If the backoff after a failed fetch ends within this time, callers wait for its end instead of failing. */
const AWAITED_BACKOFF_MS = 1_000
const SHORTEST_POLL_MS = 50
const POLL_JITTER_MS = 100

/**
 * Makes the function that obtains the credential through a store: from the store, as the leader by a refresh, or as a
 * follower by waiting for another process. The caller's single-flight keeps it from running twice at once.
 *
 * @throws {WechatError} from the made function, if no credential can be served
 */
export function createAcquirer(options: AcquirerOptions): (store: CredentialStore) => Promise<string> {
  const { policy, state, refresher, stores, appId, clock, events, lifetime } = options
  const leaseMs = leaseMsFor(policy.fetchTimeoutMs)

  async function acquireFrom(store: CredentialStore): Promise<string> {
    let followingSince = clock.monotonicMs()
    for (;;) {
      if (lifetime.aborted) throw closedError()
      const step = await attempt(store, followingSince)
      if (step.next === 'serve') return step.value
      if (step.next === 'restart') followingSince = clock.monotonicMs()
      else await clock.sleep(step.ms, lifetime).catch(() => {})
    }
  }

  async function attempt(store: CredentialStore, followingSince: number): Promise<Step> {
    const stale = await waitForOwnRefresh()
    if (stale !== undefined) return serve(stale)
    if (store === stores.shared) await refresher.publishPending(store)

    const owner = randomBytes(12).toString('hex')
    const requestedAt = clock.monotonicMs()
    const acquisition = await request(store, owner, requestedAt)
    if (acquisition.outcome === 'lead') {
      const step = await lead(store, acquisition, { owner, requestedAt })
      if (step) return step
    }
    const fresh = state.fresh()
    if (!fresh) return waitForOthers(store, acquisition, followingSince)
    if (acquisition.outcome !== 'fresh') state.postponeAttempt()
    return serve(fresh.value)
  }

  /**
   * If no fresh credential is cached, waits for this process's own refresh that is in flight, so that no second fetch
   * starts. Resolves with the stale credential if that refresh fails, and with undefined otherwise.
   */
  async function waitForOwnRefresh(): Promise<string | undefined> {
    const inFlight = refresher.inFlight()
    return inFlight && !state.fresh() ? staleIfFailed(inFlight) : undefined
  }

  async function request(
    store: CredentialStore,
    owner: string,
    requestedAt: number,
  ): Promise<TokenStoreAcquisition> {
    const { refreshBeforeMs } = state
    const { slot, refreshBeforeRatio } = policy
    const acquisition = await store.acquire(slot, { owner, leaseMs, refreshBeforeMs, refreshBeforeRatio })
    if (store === stores.shared) stores.onStoreRecovered()
    if (acquisition.credential) state.adopt(acquisition.credential, requestedAt)
    return acquisition
  }

  /**
   * Refreshes the credential under the lease, or releases the lease if it is too late for a refresh or one is in flight
   * already. Resolves with undefined if the caller has to check the cached credential again.
   */
  async function lead(
    store: CredentialStore,
    { fencingToken }: LedAcquisition,
    { owner, requestedAt }: Pick<Lease, 'owner' | 'requestedAt'>,
  ): Promise<Step | undefined> {
    // A lease that the store granted too slowly is not used: it could end before WeChat answers, and then two processes
    // would fetch.
    const isTooLate = clock.monotonicMs() - requestedAt > leaseMs - policy.fetchTimeoutMs
    // A store that lost its data grants a second lease while this process still fetches under the first; one fetch is
    // enough.
    if (isTooLate || refresher.inFlight()) {
      await store.release(policy.slot, owner)
      return undefined
    }
    const refreshed = refresher.start(store, { owner, fencingToken, requestedAt })
    const fresh = state.fresh()
    if (fresh) return serve(fresh.value)
    const stale = await staleIfFailed(refreshed)
    if (stale !== undefined) return serve(stale)
    return state.current() ? undefined : { next: 'restart' }
  }

  async function waitForOthers(
    store: CredentialStore,
    acquisition: TokenStoreAcquisition,
    followingSince: number,
  ): Promise<Step> {
    if (acquisition.outcome === 'failed') {
      const stale = serveStale()
      if (stale !== undefined) return serve(stale)
      const { reason, retryAfterMs } = acquisition
      if (retryAfterMs > AWAITED_BACKOFF_MS) throw reasonToFailure(reason, retryAfterMs)
    }
    if (clock.monotonicMs() - followingSince > FOLLOW_MS) {
      return serve(serveStale() ?? (await onFollowTimeout(store)))
    }
    const pollMs = SHORTEST_POLL_MS + Math.random() * POLL_JITTER_MS
    return { next: 'sleep', ms: acquisition.outcome === 'failed' ? acquisition.retryAfterMs : pollMs }
  }

  /**
   * Lets this process fetch for itself, because the leader published no credential within five seconds.
   * @throws {WechatUnavailableError} if a second fetch would invalidate the leader's credential (legacy mode), or if
   * the store is the fallback store of this process
   */
  async function onFollowTimeout(store: CredentialStore): Promise<string> {
    if (policy.isExclusive || store !== stores.shared) {
      throw unavailableError(
        'token_wait_timeout',
        `Another process did not refresh the ${policy.name} in time`,
      )
    }
    return acquireFrom(stores.useFallback())
  }

  /** Waits for a refresh. If it fails, resolves with the stale credential, or throws the failure if there is none. */
  async function staleIfFailed(refreshed: Promise<void>): Promise<string | undefined> {
    try {
      await refreshed
      return undefined
    } catch (error) {
      const stale = serveStale()
      if (stale === undefined) throw error
      return stale
    }
  }

  /** Returns the stale credential for callers that would otherwise get none; undefined if it may not be served. */
  function serveStale(): string | undefined {
    const usable = state.usable()
    if (!usable) return undefined
    state.postponeAttempt()
    const remainingSeconds = Math.round((usable.expiresAt - clock.monotonicMs()) / 1000)
    events.emit('stale-served', { appId, credential: policy.name, remainingSeconds })
    return usable.value
  }

  return acquireFrom
}

function serve(value: string): Step {
  return { next: 'serve', value }
}
