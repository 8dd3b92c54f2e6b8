import assert from 'node:assert/strict'
import type { StoreTest } from './store-bench.js'

export function testInvalidation(test: StoreTest): void {
  test('removes exactly the reported value, once, however often it is reported', async bench => {
    const { store, publish, acquire, slot } = bench
    await publish(slot, 'dead')
    const outcomes = await Promise.all(
      Array.from({ length: 20 }, () => store.invalidate(slot, 'dead', 10_000)),
    )
    assert.equal(outcomes.filter(outcome => outcome === 'removed').length, 1)
    assert.equal(outcomes.filter(outcome => outcome === 'other').length, 19)
    assert.equal((await acquire(slot, 'reader')).credential, undefined)
  })

  test('leaves another value alone', async ({ store, publish, acquire, slot }) => {
    await publish(slot, 'good')
    for (const value of ['dead', 'goo', 'good.']) {
      assert.equal(await store.invalidate(slot, value, 10_000), 'other')
    }
    assert.equal((await acquire(slot, 'reader')).credential?.value, 'good')
  })

  test('keeps a removed value that was published again until the cooldown has ended', async bench => {
    const { store, publish, acquire, advance, slot } = bench
    await publish(slot, 'dead')
    assert.equal(await store.invalidate(slot, 'dead', 300), 'removed')
    await publish(slot, 'dead')
    assert.equal(await store.invalidate(slot, 'dead', 300), 'in-cooldown')
    assert.equal((await acquire(slot, 'reader')).credential?.value, 'dead')
    await advance(310)
    assert.equal(await store.invalidate(slot, 'dead', 300), 'removed')
  })
}
