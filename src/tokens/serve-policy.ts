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
  /** Whether this process is fetching a credential from WeChat. */
  isRefreshing: boolean
  /** Whether a request to the store is in flight; all callers share it. */
  isInFlight: boolean
}

/**
 * What a caller gets. `serve`: the cached credential. `serve-and-refresh`: the cached credential, and a request to the
 * store starts in the background. `wait`: the result of the request in flight. `fetch`: the result of a new request.
 */
export type ServeDecision = 'serve' | 'serve-and-refresh' | 'wait' | 'fetch'

/** A cached credential is checked with the store in the background after this time. */
const RECHECK_MS = 5_000
/** A cached credential that was not checked for this long is checked before it is served. */
const TRUSTED_MS = 60_000
/**
 * WeChat accepts a replaced legacy token for five more minutes, so a process serves a token that it can't verify for at
 * most four.
 */
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

/**
 * Whether the credential may be served: more of its TTL remains than the safety margin and, in legacy mode, WeChat or
 * the store has confirmed it within four minutes.
 */
export function isUsable(policy: CredentialPolicy, cached: CachedCredential, now: number): boolean {
  // Since the last confirmation another process may have replaced the token, which only the store could tell.
  if (policy.isExclusive && now - cached.verifiedAt >= SUPERSEDED_TTL_MS) return false
  return cached.expiresAt - now > Math.min(policy.marginMs, cached.ttlMs / 10)
}

/** Whether the credential is usable, and so much of its TTL remains that it is served without a fetch before. */
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
