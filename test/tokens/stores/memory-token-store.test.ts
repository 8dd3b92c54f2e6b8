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
