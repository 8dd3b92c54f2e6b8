import type { Clock } from '../util/clock.js'
import type { CredentialPolicy } from './credential-policy.js'
import {
  type CachedCredential,
  decideServe,
  isFresh,
  isRefreshDue,
  isUsable,
  type ServeDecision,
} from './serve-policy.js'
import type { TokenStoreCredential } from './stores/token-store.js'

/** The credential that this process has cached, and when the next request to the store about it is due. */
export interface CredentialState {
  current(): CachedCredential | undefined
  /** The cached credential if it may be served at least while no fresher one can be obtained. */
  usable(): CachedCredential | undefined
  /** The cached credential if it may be served without an attempt to obtain a fresher one. */
  fresh(): CachedCredential | undefined
  isRefreshDue(cached: CachedCredential): boolean
  decide(activity: { isRefreshing: boolean; isInFlight: boolean }): ServeDecision
  replace(cached: CachedCredential): void
  drop(): void
  /** Caches the credential with which the store answered a request that was sent at `requestedAt` (monotonic clock). */
  adopt(credential: TokenStoreCredential, requestedAt: number): void
  /** Delays the next background request to the store by 250 ms, because the last one left nothing to do. */
  postponeAttempt(): void
  readonly refreshBeforeMs: number
  /** Draws a new random `refreshBeforeMs` for the next refresh-ahead. */
  redrawRefreshBefore(): void
}

/**
 * The time until the next request to the store, if the last one left nothing to do: another process has the lease, the
 * last refresh failed, or the store is down.
 */
const ATTEMPT_INTERVAL_MS = 250

export function createCredentialState(policy: CredentialPolicy, clock: Clock): CredentialState {
  let cached: CachedCredential | undefined
  let nextAttemptAt = Number.NEGATIVE_INFINITY
  let refreshBeforeMs = policy.drawRefreshBeforeMs()

  return {
    current: () => cached,
    usable: () => (cached && isUsable(policy, cached, clock.monotonicMs()) ? cached : undefined),
    fresh: () => (cached && isFresh(policy, cached, clock.monotonicMs()) ? cached : undefined),
    isRefreshDue: candidate => isRefreshDue(policy, candidate, { now: clock.monotonicMs(), refreshBeforeMs }),
    decide: activity =>
      decideServe(policy, { cached, now: clock.monotonicMs(), refreshBeforeMs, nextAttemptAt, ...activity }),
    replace(credential) {
      cached = credential
    },
    drop() {
      cached = undefined
    },
    adopt({ value, ttlMs, remainingMs }, requestedAt) {
      // A refresh that ended after the request was sent brought a newer credential, so this answer is ignored.
      if (cached && cached.verifiedAt > requestedAt) return
      // The remaining TTL is counted from the sending of the request, so that latency can only shorten it.
      const expiresAt = requestedAt + remainingMs
      cached = { value, ttlMs, expiresAt, checkedAt: requestedAt, verifiedAt: requestedAt }
    },
    postponeAttempt() {
      nextAttemptAt = clock.monotonicMs() + ATTEMPT_INTERVAL_MS
    },
    get refreshBeforeMs() {
      return refreshBeforeMs
    },
    redrawRefreshBefore() {
      refreshBeforeMs = policy.drawRefreshBeforeMs()
    },
  }
}
