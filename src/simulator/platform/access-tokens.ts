import { BoundedMap } from '../util/bounded-map.js'
import type { Clock } from '../util/clock.js'
import { randomUrlSafeText } from '../util/random.js'
import type { PlatformConfig } from './platform-config.js'
import { forcedRefresh, type Quota } from './quota.js'
import { Refusal } from './refusal.js'

const lifetimeMs = 7_200_000
const overlapMs = 300_000
const forcedSpacingMs = 30_000
/** How many tokens a saved state holds. Older ones were replaced long ago. */
const fewTokens = 100

interface AccessToken {
  value: string
  expiresAt: number
  /** From this time on the token is refused with 40001, "not latest"; after `expiresAt`, with 42001, "expired". */
  notLatestFrom: number
}

export interface IssuedToken {
  accessToken: string
  expiresInSeconds: number
}

/** The account's tokens in a saved state. */
export interface SavedAccessTokens {
  /** The tokens, the oldest first. `notLatestFrom` is null for a token that was not replaced. */
  tokens: { value: string; expiresAt: number; notLatestFrom: number | null }[]
  legacy: string | null
  stable: string | null
}

export interface ListedToken {
  value: string
  expiresAt: number
  state: 'works' | 'expired' | 'replaced'
}

/** The account's tokens. As on the platform, the two endpoints that issue them do not affect each other. */
export interface AccessTokens {
  /** `cgi-bin/token` returns a new token at each call. The one before it stays valid for five more minutes. */
  issueLegacy(): IssuedToken
  /** `cgi-bin/stable_token` returns the current token; in the last five minutes of its TTL, a new one. */
  issueStable(forceRefresh: boolean): IssuedToken
  /** Refuses a token that is missing (41001), malformed (40014), expired (42001), or unknown or replaced (40001). */
  check(value: string | null): void
  /** The issued tokens, the newest last. */
  list(): ListedToken[]
  /** The values of all valid tokens. */
  current(): string[]
  /** Refuses this token, or all tokens, with 40001 from now on. */
  revoke(value?: string): void
  /** Refuses this token, or all tokens, with 42001 from now on. */
  expire(value?: string): void
  save(): SavedAccessTokens
  restore(saved: SavedAccessTokens): void
}

export function createAccessTokens(clock: Clock, quota: Quota, config: PlatformConfig): AccessTokens {
  const tokens = new BoundedMap<string, AccessToken>(10_000)
  let legacy: AccessToken | undefined
  let stable: AccessToken | undefined
  let forcedAt = Number.NEGATIVE_INFINITY

  function create(): AccessToken {
    // Prefix and length are those of a real token. The word `wxsim` shows in a log that the token is simulated.
    const token = {
      value: `90_wxsim_${randomUrlSafeText(127)}`,
      expiresAt: clock.now() + lifetimeMs,
      notLatestFrom: Number.POSITIVE_INFINITY,
    }
    tokens.set(token.value, token)
    return token
  }

  const works = (token: AccessToken) => clock.now() < token.expiresAt && clock.now() < token.notLatestFrom
  const chosen = (value?: string) =>
    [...tokens.values()].filter(token => value === undefined || token.value === value)
  const issued = (token: AccessToken): IssuedToken => ({
    accessToken: token.value,
    expiresInSeconds: Math.floor((token.expiresAt - clock.now()) / 1000),
  })

  function forceStable(): AccessToken | undefined {
    if (clock.now() - forcedAt < forcedSpacingMs) {
      if (config.forceRefreshTooSoon === 'refused') throw new Refusal(45011)
      return stable
    }
    quota.spend(forcedRefresh)
    forcedAt = clock.now()
    if (stable) stable.notLatestFrom = Math.min(stable.notLatestFrom, clock.now())
    return undefined
  }

  return {
    issueLegacy() {
      if (legacy) legacy.notLatestFrom = Math.min(legacy.notLatestFrom, clock.now() + overlapMs)
      legacy = create()
      return issued(legacy)
    },
    issueStable(forceRefresh) {
      const kept = forceRefresh ? forceStable() : stable
      // A token that is replaced in its last five minutes stays valid until it expires.
      const isFresh = kept && works(kept) && kept.expiresAt - clock.now() >= overlapMs
      stable = isFresh ? kept : create()
      return issued(stable)
    },
    check(value) {
      if (!value) throw new Refusal(41001)
      if (!/^[\w-]+$/.test(value)) throw new Refusal(40014)
      const token = tokens.get(value)
      if (!token || clock.now() >= token.notLatestFrom) throw new Refusal(40001)
      if (clock.now() >= token.expiresAt) throw new Refusal(42001)
    },
    list: () =>
      [...tokens.values()].map(({ value, expiresAt, notLatestFrom }) => ({
        value,
        // A replaced token ends five minutes after its replacement, or earlier if it expires before that.
        expiresAt: Math.min(expiresAt, notLatestFrom),
        state: clock.now() >= notLatestFrom ? 'replaced' : clock.now() >= expiresAt ? 'expired' : 'works',
      })),
    current: () => [...tokens.values()].filter(works).map(token => token.value),
    revoke(value) {
      for (const token of chosen(value)) token.notLatestFrom = Math.min(token.notLatestFrom, clock.now())
    },
    expire(value) {
      for (const token of chosen(value)) token.expiresAt = Math.min(token.expiresAt, clock.now())
    },
    save: () => ({
      tokens: [...tokens.values()].slice(-fewTokens).map(token => ({
        ...token,
        // A token that was not replaced has Infinity here, which JSON can't express, so null is saved.
        notLatestFrom: Number.isFinite(token.notLatestFrom) ? token.notLatestFrom : null,
      })),
      legacy: legacy?.value ?? null,
      stable: stable?.value ?? null,
    }),
    restore(saved) {
      tokens.clear()
      for (const token of saved.tokens) {
        tokens.set(token.value, { ...token, notLatestFrom: token.notLatestFrom ?? Number.POSITIVE_INFINITY })
      }
      legacy = tokens.get(saved.legacy ?? '')
      stable = tokens.get(saved.stable ?? '')
    },
  }
}
