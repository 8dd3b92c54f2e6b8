import type { CredentialPolicy } from './credential-policy.js'

/** What this process knows of a credential. All times are on the monotonic clock. */
export interface CachedCredential {
  value: string
  /** The TTL with which the credential was published. */
  ttlMs: number
  expiresAt: number
  /** When the store was last asked about the credential, whether or not it answered. */
  checkedAt: number
  /** When the store, or WeChat itself, last confirmed that this credential is the current one. */
  verifiedAt: number
}

export interface ServeSituation {
  cached: CachedCredential | undefined
  now: number
  refreshBeforeMs: number
  /** The store is not asked again before this time, because its last answer left nothing for this process to do. */
  nextAttemptAt: number
  /** This process fetches a credential from WeChat. */
  isRefreshing: boolean
  /** A request to the store is in flight, which all callers share. */
  isInFlight: boolean
}

/**
 * `serve`: answer with the cached credential. `serve-and-refresh`: the same, and start a request in the background.
 * `wait`: wait for the request in flight. `fetch`: start a request and wait for it.
 */
export type ServeDecision = 'serve' | 'serve-and-refresh' | 'wait' | 'fetch'

/** A cached credential is checked with the store in the background after this time. */
const RECHECK_MS = 5_000
/** A cached credential that was not checked for this long is checked before it is served. */
const TRUSTED_MS = 60_000
/** A replaced legacy token works for five more minutes. An unverified one is served for four. */
export const SUPERSEDED_TTL_MS = 240_000

export function decideServe(policy: CredentialPolicy, situation: ServeSituation): ServeDecision {
  const { cached, now, nextAttemptAt, isRefreshing, isInFlight } = situation
  if (cached && isFresh(policy, cached, now)) {
    const uncheckedMs = now - cached.checkedAt
    if (uncheckedMs < TRUSTED_MS) {
      const needsRequest =
        uncheckedMs >= RECHECK_MS || (isRefreshDue(policy, cached, situation) && now >= nextAttemptAt)
      return needsRequest && !isRefreshing ? 'serve-and-refresh' : 'serve'
    }
  } else if (cached && isUsable(policy, cached, now) && now < nextAttemptAt) {
    return 'serve'
  }
  return isInFlight ? 'wait' : 'fetch'
}

/** Whether the credential may be served: outside its safety margin and, if exclusive, verified within four minutes. */
export function isUsable(policy: CredentialPolicy, cached: CachedCredential, now: number): boolean {
  // Another process may have replaced it since; only the store could tell.
  if (policy.isExclusive && now - cached.verifiedAt >= SUPERSEDED_TTL_MS) return false
  return cached.expiresAt - now > Math.min(policy.marginMs, cached.ttlMs / 10)
}

/** Whether the credential is usable, and recent enough that no fresher one has to be fetched before it is served. */
export function isFresh(policy: CredentialPolicy, cached: CachedCredential, now: number): boolean {
  return isUsable(policy, cached, now) && cached.expiresAt - now > cached.ttlMs * policy.staleBelowRatio
}

export function isRefreshDue(
  policy: CredentialPolicy,
  cached: CachedCredential,
  { now, refreshBeforeMs }: Pick<ServeSituation, 'now' | 'refreshBeforeMs'>,
): boolean {
  return cached.expiresAt - now <= Math.min(refreshBeforeMs, cached.ttlMs * policy.refreshBeforeRatio)
}
