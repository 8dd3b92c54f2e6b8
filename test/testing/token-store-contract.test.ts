import { createMemoryTokenStore, type TokenStore } from 'express-wechat'
import { testTokenStore } from 'express-wechat/testing'
import { expect, it } from 'vitest'
import { ManualClock } from '../support/manual-clock.ts'

/** Runs the contract over a store, and names the tests that fail. */
async function failuresOf(spoil: (store: TokenStore, clock: ManualClock) => Partial<TokenStore>) {
  const tests: { name: string; run: () => Promise<void> }[] = []
  const createStore = () => {
    const clock = new ManualClock()
    const store = createMemoryTokenStore({ clock })
    const whole: TokenStore = {
      isShared: false,
      acquire: (...args) => store.acquire(...args),
      publish: (...args) => store.publish(...args),
      fail: (...args) => store.fail(...args),
      release: (...args) => store.release(...args),
      invalidate: (...args) => store.invalidate(...args),
      claim: (...args) => store.claim(...args),
      put: (...args) => store.put(...args),
      get: (...args) => store.get(...args),
    }
    const advance = (ms: number) => clock.advance(ms)
    return { store: { ...whole, ...spoil(store, clock) }, advance, slackMs: 0 }
  }
  testTokenStore(createStore, {
    describe: (_name, define) => define(),
    it: (name, run) => tests.push({ name, run }),
  })
  const failed: string[] = []
  for (const { name, run } of tests) await run().catch(() => failed.push(name))
  return { failed, count: tests.length }
}

it('passes for a store that fulfils it', async () => {
  const { failed, count } = await failuresOf(() => ({}))
  expect(failed).toEqual([])
  expect(count).toBe(25)
})

it.each<[string, (store: TokenStore) => Partial<TokenStore>, string]>([
  [
    'makes every caller the leader',
    store => ({
      acquire: async (slot, request) => {
        const answer = await store.acquire(slot, request)
        return answer.outcome === 'follow' ? { ...answer, outcome: 'lead', fencingToken: 1 } : answer
      },
    }),
    'makes exactly one of many callers the leader, and the others follow',
  ],
  [
    'lets an older fencing token replace a newer one',
    store => ({
      publish: (slot, publication) =>
        store.publish(slot, { ...publication, fencingToken: Number.MAX_SAFE_INTEGER }),
    }),
    'does not replace a value by one with an older fencing token',
  ],
  [
    'does not cut the life of a superseded value',
    store => ({ publish: (slot, given) => store.publish(slot, { ...given, supersededTtlMs: 0 }) }),
    'cuts the life of the newer value if the older fetch may have invalidated it',
  ],
  [
    'does not shorten the TTL of a delayed message',
    store => ({ publish: (slot, given) => store.publish(slot, { ...given, leaseAgeMs: 1e9 }) }),
    'shortens the TTL by how much the message was delayed',
  ],
  [
    'ignores failures',
    () => ({ fail: async () => {} }),
    'answers with the reason during the backoff, and then elects a leader again',
  ],
  [
    'releases the lease of any owner',
    store => ({
      release: async slot => {
        for (const owner of ['first', 'second']) await store.release(slot, owner)
      },
    }),
    'ignores a release by a process that does not hold the lease',
  ],
  [
    'has no cooldown',
    store => ({ invalidate: (slot, value) => store.invalidate(slot, value, 0) }),
    'keeps a removed value that was published again until the cooldown has ended',
  ],
  [
    'lets every caller claim',
    () => ({ claim: async () => true }),
    'lets one of many callers claim a key, until its TTL has ended',
  ],
])('fails for a store that %s', async (_, spoil, expected) => {
  expect((await failuresOf(spoil)).failed).toContain(expected)
})
