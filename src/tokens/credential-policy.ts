import { type Credential, TICKET_ENDPOINT, type TokenMode, tokenEndpoint } from '../wechat-api/credentials.js'
import type { CredentialName } from './token-events.js'

/** When a credential is fetched and served. */
export interface CredentialPolicy {
  name: CredentialName
  /** The store's name for it: environment, account, kind and mode, never a secret. */
  slot: string
  /** The path that it is fetched from. A failure of another path is not this credential's own. */
  endpoint: string
  /** It is refreshed ahead when this much life is left; drawn anew for each life, so that processes spread out. */
  drawDueMs(): number
  /** The same as a share of its life, for short lives. */
  dueShare: number
  /** With this share of its life left, or less, it is served only where no better one can be had. */
  unconfirmedShare: number
  /** Never served with this much life left, or less; a tenth of a short life. */
  marginMs: number
  /** Fetching makes the credential before it invalid: then only the shared store may say whose turn it is. */
  isExclusive: boolean
  /** The longest that one fetch may take; leases are longer than that. */
  limitMs: number
  fetch(signal: AbortSignal): Promise<Credential>
}

/**
 * How long a leader may be silent before another takes its place: longer than its call to WeChat can take, or two
 * would call at once.
 */
export function leaseMsFor(limitMs: number): number {
  return limitMs + Math.max(1_000, limitMs / 2)
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
    // A stable token is replaced by WeChat in its last five minutes; asking earlier gives the same one again.
    drawDueMs: () => (mode === 'stable' ? between(180_000, 285_000) : between(300_000, 540_000)),
    dueShare: 1 / 4,
    unconfirmedShare: 0,
    marginMs: 10_000,
    isExclusive: mode === 'legacy',
    limitMs: timeoutMs,
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
    // WeChat says 7200 seconds also of a ticket that it handed out long ago: read again after ten minutes, not
    // trusted after thirty.
    drawDueMs: () => 7_200_000 - between(600_000, 660_000),
    dueShare: 11 / 12,
    unconfirmedShare: 3 / 4,
    // A dead ticket fails only on the phone, where nobody can repeat the call.
    marginMs: 300_000,
    isExclusive: false,
    // It may have to fetch a token first.
    limitMs: 2 * timeoutMs,
    fetch,
  }
}

function between(least: number, most: number): number {
  return least + Math.random() * (most - least)
}
