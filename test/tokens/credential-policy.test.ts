import { describe, expect, it } from 'vitest'
import { accessTokenPolicy, jsapiTicketPolicy, leaseMsFor } from '../../src/tokens/credential-policy.ts'
import { MINUTE, times } from '../support/token-bench.ts'

const fetch = () => Promise.reject(new Error('not called'))

describe('when a credential is due', () => {
  const draws = (policy: { drawRefreshBeforeMs(): number }) =>
    times(1_000, () => policy.drawRefreshBeforeMs())

  it.each([
    // WeChat replaces a stable token in its last five minutes only.
    ['a stable token', accessTokenPolicy('slot', 'stable', 10_000, fetch), 180_000, 285_000],
    ['a legacy token', accessTokenPolicy('slot', 'legacy', 10_000, fetch), 300_000, 540_000],
    // Ten to eleven minutes after it was read.
    ['a ticket', jsapiTicketPolicy('slot', 10_000, fetch), 109 * MINUTE, 110 * MINUTE],
  ])('is drawn from a range, so that processes spread out: %s', (_, policy, least, most) => {
    const drawn = draws(policy)
    expect(Math.min(...drawn)).toBeGreaterThanOrEqual(least)
    expect(Math.max(...drawn)).toBeLessThanOrEqual(most)
    expect(Math.max(...drawn) - Math.min(...drawn)).toBeGreaterThan((most - least) * 0.9)
  })
})

describe('a lease', () => {
  it('is longer than what it is for can take', () => {
    for (const fetchTimeoutMs of [100, 1_000, 10_000, 60_000, 120_000]) {
      expect(leaseMsFor(fetchTimeoutMs)).toBeGreaterThanOrEqual(fetchTimeoutMs + 1_000)
    }
    expect(leaseMsFor(10_000)).toBe(15_000)
  })
})
