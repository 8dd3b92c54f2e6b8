import { expect, it } from 'vitest'
import { createMemoryTokenStore } from '../../../src/tokens/stores/memory-token-store.ts'
import { ManualClock } from '../../support/manual-clock.ts'
import { describeTokenStore } from './store-contract.ts'

describeTokenStore('memory', async () => {
  const clock = new ManualClock()
  return { store: createMemoryTokenStore({ clock }), advance: ms => clock.advance(ms), slackMs: 0 }
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
