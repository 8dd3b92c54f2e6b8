import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { accessTokenPolicy, jsapiTicketPolicy } from '../../src/tokens/credential-policy.ts'
import { type CachedCredential, decideServe, type ServeSituation } from '../../src/tokens/serve-policy.ts'

const fetch = () => Promise.reject(new Error('not called'))
const stable = accessTokenPolicy('slot', 'stable', 10_000, fetch)
const legacy = accessTokenPolicy('slot', 'legacy', 10_000, fetch)
const ticket = jsapiTicketPolicy('slot', 10_000, fetch)

const NOW = 10_000_000
const TTL_MS = 7_200_000

function cachedWith({ remainingMs = 3_600_000, uncheckedMs = 0, unverifiedMs = 0 }) {
  const cached: CachedCredential = {
    value: 'token',
    ttlMs: TTL_MS,
    expiresAt: NOW + remainingMs,
    checkedAt: NOW - uncheckedMs,
    verifiedAt: NOW - unverifiedMs,
  }
  return cached
}

const situation = (more: Partial<ServeSituation>): ServeSituation => ({
  cached: cachedWith({}),
  now: NOW,
  refreshBeforeMs: 240_000,
  nextAttemptAt: Number.NEGATIVE_INFINITY,
  isRefreshing: false,
  isInFlight: false,
  ...more,
})

describe('what is done with a cached credential', () => {
  it.each<[string, typeof stable, Partial<ServeSituation>, string]>([
    ['one that was checked just now', stable, {}, 'serve'],
    ['none', stable, { cached: undefined }, 'fetch'],
    ['none, while a request is in flight', stable, { cached: undefined, isInFlight: true }, 'wait'],
    [
      'one that was not checked for 5 s',
      stable,
      { cached: cachedWith({ uncheckedMs: 5_000 }) },
      'serve-and-refresh',
    ],
    ['one that was not checked for 60 s', stable, { cached: cachedWith({ uncheckedMs: 60_000 }) }, 'fetch'],
    [
      'one whose refresh is due',
      stable,
      { cached: cachedWith({ remainingMs: 240_000 }) },
      'serve-and-refresh',
    ],
    [
      'one whose refresh is due, soon after another attempt',
      stable,
      { cached: cachedWith({ remainingMs: 240_000 }), nextAttemptAt: NOW + 1 },
      'serve',
    ],
    [
      'one whose refresh is in flight',
      stable,
      { cached: cachedWith({ remainingMs: 240_000 }), isRefreshing: true },
      'serve',
    ],
    ['a token in its last 10 s', stable, { cached: cachedWith({ remainingMs: 10_000 }) }, 'fetch'],
    ['a ticket in its last 300 s', ticket, { cached: cachedWith({ remainingMs: 300_000 }) }, 'fetch'],
    [
      'a ticket that is older than 30 minutes',
      ticket,
      { cached: cachedWith({ remainingMs: 5_400_000 }) },
      'fetch',
    ],
    [
      'the same ticket, soon after an attempt that failed',
      ticket,
      { cached: cachedWith({ remainingMs: 5_400_000 }), nextAttemptAt: NOW + 1 },
      'serve',
    ],
    [
      'a legacy token that was not verified for four minutes',
      legacy,
      { cached: cachedWith({ unverifiedMs: 240_000 }), nextAttemptAt: NOW + 1 },
      'fetch',
    ],
  ])('for %s', (_, policy, more, expected) => {
    expect(decideServe(policy, situation(more))).toBe(expected)
  })
})

describe('the decision', () => {
  const anySituation = fc.record({
    cached: fc.option(
      fc.record({
        value: fc.constant('token'),
        ttlMs: fc.integer({ min: 1, max: TTL_MS }),
        expiresAt: fc.integer({ min: NOW - TTL_MS, max: NOW + TTL_MS }),
        checkedAt: fc.integer({ min: NOW - 120_000, max: NOW }),
        verifiedAt: fc.integer({ min: NOW - 600_000, max: NOW }),
      }),
      { nil: undefined },
    ),
    now: fc.constant(NOW),
    refreshBeforeMs: fc.integer({ min: 0, max: TTL_MS }),
    nextAttemptAt: fc.integer({ min: NOW - 500, max: NOW + 500 }),
    isRefreshing: fc.boolean(),
    isInFlight: fc.boolean(),
  })

  it.each([
    ['a stable token', stable],
    ['a legacy token', legacy],
    ['a ticket', ticket],
  ])('never serves %s within its margin, and never starts a second request', (_, policy) => {
    fc.assert(
      fc.property(anySituation, given => {
        const decision = decideServe(policy, given)
        const { cached } = given
        if (decision === 'serve' || decision === 'serve-and-refresh') {
          const margin = Math.min(policy.marginMs, (cached?.ttlMs ?? 0) / 10)
          expect((cached?.expiresAt ?? 0) - NOW).toBeGreaterThan(margin)
        }
        if (decision === 'serve-and-refresh') expect(given.isRefreshing).toBe(false)
        expect(decision).not.toBe(given.isInFlight ? 'fetch' : 'wait')
      }),
    )
  })
})
