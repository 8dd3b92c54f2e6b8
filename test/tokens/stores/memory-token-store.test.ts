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
