import { expect, it } from 'vitest'
import { memoryTokenStore } from '../../../src/tokens/stores/memory-token-store.ts'
import { ManualClock } from '../../support/manual-clock.ts'
import { describeTokenStore } from './store-contract.ts'

describeTokenStore('memory', async () => {
  const clock = new ManualClock()
  return { store: memoryTokenStore({ clock }), advance: ms => clock.advance(ms), slackMs: 0 }
})

it.each<[string, object]>([
  ['clock', { clock: {} }],
  ['clock', { clock: { monotonicMs: () => 0, sleep: async () => {} } }],
  ['clokc', { clokc: new ManualClock() }],
])('names the option %s that is wrong', (option, wrong) => {
  expect(() => memoryTokenStore(wrong)).toThrow(`memoryTokenStore: "${option}" `)
})

it('says that no other process sees it', () => {
  expect(memoryTokenStore().isShared).toBe(false)
})

it('remembers at most 10,000 logins, the latest ones, and all credentials', async () => {
  const clock = new ManualClock()
  const store = memoryTokenStore({ clock })
  const lease = { owner: 'owner', leaseMs: 1_000, dueMs: 1_000, dueShare: 0.5 }
  const led = await store.acquire('slot', lease)
  if (led.outcome !== 'lead') throw new Error('the slot is not free')
  const { generation } = led
  await store.publish('slot', {
    owner: 'owner',
    generation,
    value: 'token',
    lifeMs: 7_200_000,
    heldMs: 0,
    suspectMs: 0,
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
