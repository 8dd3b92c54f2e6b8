import assert from 'node:assert/strict'
import type { StoreTest } from './store-bench.js'

export function testLeases(test: StoreTest): void {
  test('makes exactly one of many callers the leader, and the others follow', async bench => {
    const answers = await Promise.all(
      Array.from({ length: 50 }, (_, index) => bench.acquire(bench.slot, `o${index}`)),
    )
    const outcomes = answers.map(answer => answer.outcome)
    assert.equal(outcomes.filter(outcome => outcome === 'lead').length, 1)
    assert.equal(outcomes.filter(outcome => outcome === 'follow').length, 49)
  })

  test('elects another leader when the lease has ended', async bench => {
    await bench.lead(bench.slot, 'first', 150)
    await bench.advance(160)
    assert.equal((await bench.acquire(bench.slot, 'second')).outcome, 'lead')
  })

  test('elects another leader at once after the lease was released', async bench => {
    await bench.lead(bench.slot, 'first')
    await bench.store.release(bench.slot, 'first')
    assert.equal((await bench.acquire(bench.slot, 'second')).outcome, 'lead')
  })

  test('ignores a release by a process that does not hold the lease', async bench => {
    await bench.lead(bench.slot, 'first')
    await bench.store.release(bench.slot, 'another')
    assert.equal((await bench.acquire(bench.slot, 'second')).outcome, 'follow')
  })

  test('keeps slots apart', async bench => {
    await bench.publish(bench.slot, 'token')
    assert.equal((await bench.acquire(bench.newSlot(), 'owner')).outcome, 'lead')
  })

  test('elects a leader when the remaining life of the value is short enough', async bench => {
    const { slot } = bench
    await bench.publish(slot, 'token', 60_000)
    assert.equal((await bench.acquire(slot, 'a', { refreshBeforeMs: 20_000 })).outcome, 'fresh')
    const due = await bench.acquire(slot, 'b', { refreshBeforeMs: 60_000 })
    assert.equal(due.outcome, 'lead')
    assert.equal(due.credential?.value, 'token')
    const followed = await bench.acquire(slot, 'c', { refreshBeforeMs: 60_000 })
    assert.equal(followed.outcome, 'follow')
    assert.equal(followed.credential?.value, 'token')
  })

  test('takes the share of the TTL instead if that comes later', async bench => {
    const { slot } = bench
    await bench.publish(slot, 'token', 60_000)
    const early = { refreshBeforeMs: 600_000, refreshBeforeRatio: 0.25 }
    assert.equal((await bench.acquire(slot, 'a', early)).outcome, 'fresh')
    const due = await bench.acquire(slot, 'b', { ...early, refreshBeforeRatio: 1 })
    assert.equal(due.outcome, 'lead')
  })
}
