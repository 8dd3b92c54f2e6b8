import { testFailures } from './failures.js'
import { testInvalidation } from './invalidation.js'
import { testLeases } from './leases.js'
import { testLoginEntries } from './login-entries.js'
import { testPublishing } from './publishing.js'
import { createBench, type StoreTest, type TestRunner, type TokenStoreUnderTest } from './store-bench.js'

export type { TestRunner, TokenStoreUnderTest } from './store-bench.js'

/**
 * Tests the contract that every token store has to fulfil. A store of your own passes if no test fails.
 *
 * The tests are defined with the `describe` and `it` of your test runner (vitest, jest, mocha or `node:test`).
 * `createStore` is called once for each test. Durations are at most one second, since some stores have no clock that
 * could be moved.
 *
 * @example
 * import { describe, it } from 'vitest'
 * testTokenStore(() => ({ store: createMyTokenStore() }), { describe, it })
 */
export function testTokenStore(
  createStore: () => TokenStoreUnderTest | Promise<TokenStoreUnderTest>,
  { describe, it }: TestRunner,
): void {
  const test: StoreTest = (name, run) => {
    it(name, async () => {
      const underTest = await createStore()
      try {
        await run(createBench(underTest))
      } finally {
        await underTest.close?.()
      }
    })
  }
  describe('the token store contract', () => {
    describe('electing a leader', () => testLeases(test))
    describe('publishing', () => testPublishing(test))
    describe('failing', () => testFailures(test))
    describe('invalidating', () => testInvalidation(test))
    describe('what logins leave', () => testLoginEntries(test))
  })
}
