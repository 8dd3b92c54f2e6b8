import { type Credential, TICKET_ENDPOINT, type TokenMode, tokenEndpoint } from '../wechat-api/credentials.js'
import type { CredentialName } from './token-events.js'

/** The rules by which a credential is fetched and served. */
export interface CredentialPolicy {
  name: CredentialName
  /** The credential's name in the store: environment, account, kind and mode, never a secret. */
  slot: string
  /**
   * The API path that the credential is fetched from. A failure of another path does not count against this credential.
   */
  endpoint: string
  /**
   * Draws the remaining life, in milliseconds, at which a background refresh starts. Random for each credential, so
   * that processes don't refresh together.
   */
  drawRefreshBeforeMs(): number
  /** The same limit as a share of the TTL, for short TTLs; the smaller of the two counts. */
  refreshBeforeRatio: number
  /** Below this share of its TTL, the credential is served only if no fresher one can be obtained. */
  staleBelowRatio: number
  /** The credential is not served in its last `marginMs`, or in its last tenth if that is shorter. */
  marginMs: number
  /** Each fetch invalidates the credential before it, so only the holder of the store's lease may fetch. */
  isExclusive: boolean
  /** The longest that one fetch may take. Leases are longer than that. */
  fetchTimeoutMs: number
  fetch(signal: AbortSignal): Promise<Credential>
}

/** A lease outlasts the leader's call to WeChat, since otherwise two leaders would call at once. */
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
    // WeChat replaces a stable token only in its last five minutes; before, it answers with the same one.
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
    // WeChat reports 7200 s even for an old ticket: fetch it again after 10 minutes, don't trust it after 30.
    drawRefreshBeforeMs: () => 7_200_000 - between(600_000, 660_000),
    refreshBeforeRatio: 11 / 12,
    staleBelowRatio: 3 / 4,
    // A dead ticket fails only on the phone, where no server can repeat the call.
    marginMs: 300_000,
    isExclusive: false,
    // The fetch may have to wait for an access token first.
    fetchTimeoutMs: 2 * timeoutMs,
    fetch,
  }
}

function between(least: number, most: number): number {
  return least + Math.random() * (most - least)
}
