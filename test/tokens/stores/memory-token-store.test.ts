import { testTokenStore } from 'express-wechat/testing'
import { describe, expect, it } from 'vitest'
import { createMemoryTokenStore } from '../../../src/tokens/stores/memory-token-store.ts'
import { ManualClock } from '../../support/manual-clock.ts'

describe('in memory', () => {
  const createStore = () => {
    const clock = new ManualClock()
    return {
      store: createMemoryTokenStore({ clock }),
      advance: (ms: number) => clock.advance(ms),
      slackMs: 0,
    }
  }
  testTokenStore(createStore, { describe, it })
})

it.each<[string, object]>([
  ['clock', { clock: {} }],
  ['clock', { clock: { monotonicMs: () => 0, sleep: async () => {} } }],
  ['clokc', { clokc: new ManualClock() }],
])('names the option %s that is wrong', (option, wrong) => {
  expect(() => createMemoryTokenStore(wrong)).toThrow(`createMemoryTokenStore: "${option}" `)
})

it('says that no other process sees it', () => {
  expect(createMemoryTokenStore().isShared).toBe(false)
})

it('remembers at most 10,000 logins, the latest ones, and all credentials', async () => {
  const clock = new ManualClock()
  const store = createMemoryTokenStore({ clock })
  const lease = { owner: 'owner', leaseMs: 1_000, refreshBeforeMs: 1_000, refreshBeforeRatio: 0.5 }
  const led = await store.acquire('slot', lease)
  if (led.outcome !== 'lead') throw new Error('the slot is not free')
  const { fencingToken } = led
  await store.publish('slot', {
    owner: 'owner',
    fencingToken,
    value: 'token',
    ttlMs: 7_200_000,
    leaseAgeMs: 0,
    supersededTtlMs: 0,
  })
  for (let login = 0; login < 30_000; login++) await store.claim(`login:${login}`, 660_000)

  const isClaimed = await Promise.all(
    Array.from({ length: 30_000 }, async (_, login) => (await store.get(`login:${login}`)) !== undefined),
  )
  const kept = isClaimed.filter(Boolean).length
  expect(kept).toBeGreaterThanOrEqual(10_000)
  expect(kept).toBeLessThanOrEqual(10_256)
  expect(isClaimed.lastIndexOf(false)).toBeLessThan(isClaimed.indexOf(true))
  expect(await store.acquire('slot', lease)).toMatchObject({
    outcome: 'fresh',
    credential: { value: 'token' },
  })
})
