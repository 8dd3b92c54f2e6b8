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

/** The credential that this process has cached, and when the next request for it is due. */
export interface CredentialState {
  current(): CachedCredential | undefined
  /** The cached credential if it may be served as long as no fresher one can be obtained. */
  usable(): CachedCredential | undefined
  /** The cached credential if it may be served. */
  fresh(): CachedCredential | undefined
  isRefreshDue(cached: CachedCredential): boolean
  decide(activity: { isRefreshing: boolean; isInFlight: boolean }): ServeDecision
  replace(cached: CachedCredential): void
  drop(): void
  /** Takes over what the store answered to a request that was sent at `requestedAt`. */
  adopt(credential: TokenStoreCredential, requestedAt: number): void
  /** Delays the next background request by 250 ms, because the last one left nothing to do. */
  postponeAttempt(): void
  readonly refreshBeforeMs: number
  /** Draws `refreshBeforeMs` anew. */
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
      // A refresh that ended after the request was sent brought a newer credential than this answer.
      if (cached && cached.verifiedAt > requestedAt) return
      // Measured from the moment the request was sent: latency then only shortens the assumed life.
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
