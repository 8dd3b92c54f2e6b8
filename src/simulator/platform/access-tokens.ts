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
  /** From this time on the platform answers "not latest", which differs from "expired". */
  notLatestFrom: number
}

export interface IssuedToken {
  accessToken: string
  expiresInSeconds: number
}

/** What a restart needs to go on with the same tokens. */
export interface SavedAccessTokens {
  /** The oldest first. `notLatestFrom` is null for a token that was not replaced. */
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
  /** `cgi-bin/token`: a new token at every call; the one before it works for five more minutes. */
  issueLegacy(): IssuedToken
  /** `cgi-bin/stable_token`: the current token, and a new one in the last five minutes of its life. */
  issueStable(forceRefresh: boolean): IssuedToken
  /** Refuses a token that does not work: throws 41001, 40014, 42001 or 40001. */
  check(value: string | null): void
  /** The issued tokens, the newest last. */
  list(): ListedToken[]
  /** All values that work now. */
  current(): string[]
  /** Makes all tokens, or this one, answer 40001 from now on. */
  revoke(value?: string): void
  /** Makes all tokens, or this one, answer 42001 from now on. */
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
    // The prefix and the length of a real one. The word `wxsim` shows a reader of a log that it is simulated.
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
      // The token that is replaced ahead of time stays valid until it expires, at most five minutes later.
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
        // A replaced token ends when its overlap with the new one ends.
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
        // A token that was not replaced has Infinity here, which JSON can't express.
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
