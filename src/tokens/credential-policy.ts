import { type Credential, TICKET_ENDPOINT, type TokenMode, tokenEndpoint } from '../wechat-api/credentials.js'
import type { CredentialName } from './token-events.js'

/** The rules by which a credential is fetched and served. */
export interface CredentialPolicy {
  name: CredentialName
  /** The credential's name in the store: environment, account, kind and mode, never a secret. */
  slot: string
  /**
   * The API path from which the credential is fetched. Only a failure at this path starts the credential's backoff.
   */
  endpoint: string
  /**
   * Draws the remaining TTL, in milliseconds, at which the background refresh of a credential starts. It is random, so
   * that processes don't refresh together.
   */
  drawRefreshBeforeMs(): number
  /**
   * The share of the TTL at which a background refresh starts, if this is less than the drawn milliseconds: for short
   * TTLs.
   */
  refreshBeforeRatio: number
  /** If less than this share of its TTL remains, the credential is served only if no fresher one can be obtained. */
  staleBelowRatio: number
  /** The credential is not served in its last `marginMs`, or in its last tenth if that is shorter. */
  marginMs: number
  /** Whether each fetch invalidates the credential before it. If so, only the holder of the store's lease may fetch. */
  isExclusive: boolean
  /** The time limit of one fetch. Leases last longer than that. */
  fetchTimeoutMs: number
  fetch(signal: AbortSignal): Promise<Credential>
}

/**
 * How long a lease lasts: half as long again as one fetch may take, and at least a second longer. A lease that ended
 * during the leader's fetch would let a second leader fetch at the same time.
 */
export function leaseMsFor(fetchTimeoutMs: number): number {
  return fetchTimeoutMs + Math.max(1_000, fetchTimeoutMs / 2)
}

export function accessTokenPolicy(
  slot: string,
  mode: TokenMode,
  timeoutMs: number,
  fetch: CredentialPolicy['fetch'],
): CredentialPolicy {
  return {
    name: 'access_token',
    slot,
    endpoint: tokenEndpoint(mode),
    // WeChat replaces a stable token only in its last five minutes: an earlier fetch would return the same token.
    drawRefreshBeforeMs: () => (mode === 'stable' ? between(180_000, 285_000) : between(300_000, 540_000)),
    refreshBeforeRatio: 1 / 4,
    staleBelowRatio: 0,
    marginMs: 10_000,
    isExclusive: mode === 'legacy',
    fetchTimeoutMs: timeoutMs,
    fetch,
  }
}

export function jsapiTicketPolicy(
  slot: string,
  timeoutMs: number,
  fetch: CredentialPolicy['fetch'],
): CredentialPolicy {
  return {
    name: 'jsapi_ticket',
    slot,
    endpoint: TICKET_ENDPOINT,
    // WeChat reports 7200 s even for an old ticket. So a ticket is fetched again 10 minutes after the last fetch, and
    // after 30 it is served only if no fetch succeeds.
    drawRefreshBeforeMs: () => 7_200_000 - between(600_000, 660_000),
    refreshBeforeRatio: 11 / 12,
    staleBelowRatio: 3 / 4,
    // A dead ticket fails only on the phone, where no server can repeat the call, so the margin is five minutes.
    marginMs: 300_000,
    isExclusive: false,
    // The fetch of a ticket may have to wait for the fetch of an access token first.
    fetchTimeoutMs: 2 * timeoutMs,
    fetch,
  }
}

function between(least: number, most: number): number {
  return least + Math.random() * (most - least)
}
