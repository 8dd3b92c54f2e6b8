import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { assertBetween, type StoreBench, type StoreTest } from './store-bench.js'

const FAILURE = { reason: 'errcode -1 /cgi-bin/token', baseMs: 200, capMs: 60_000, jitter: 1 }

export function testFailures(test: StoreTest): void {
  test('answers with the reason during the backoff, and then elects a leader again', async bench => {
    assertBetween(await backoffAfterFailure(bench), 1, 200)
    await bench.advance(210)
    assert.equal((await bench.acquire(bench.slot, 'next')).outcome, 'lead')
  })

  test('answers with the value that still lives along with the reason', async bench => {
    const { store, publish, lead, acquire, slot } = bench
    await publish(slot, 'token')
    await lead(slot, 'leader')
    await store.fail(slot, { ...FAILURE, owner: 'leader' })
    const failed = await acquire(slot, 'reader', { refreshBeforeMs: 60_000 })
    assert.equal(failed.outcome, 'failed')
    assert.equal(failed.credential?.value, 'token')
    assert.equal((await acquire(slot, 'reader')).outcome, 'fresh')
  })

  test('doubles the backoff with each failure in a row, up to the cap, times the jitter', async bench => {
    const backoffs: number[] = []
    for (const expected of [200, 400, 500]) {
      const backoffMs = await backoffAfterFailure(bench, { capMs: 500 })
      assertBetween(backoffMs, 0, expected)
      backoffs.push(backoffMs)
      await bench.advance(expected + 10)
    }
    const [first = Number.NaN, second = Number.NaN] = backoffs
    assert.ok(second > first, `the second backoff, ${second} ms, is not longer than the first, ${first} ms`)
    assertBetween(await backoffAfterFailure(bench, { capMs: 500, jitter: 0.5 }), 0, 250)
  })

  test('begins with the short backoff again after a success', async bench => {
    for (const expected of [200, 400]) {
      await backoffAfterFailure(bench)
      await bench.advance(expected + 10)
    }
    await bench.publish(bench.slot, 'token', 100)
    await bench.advance(110)
    assertBetween(await backoffAfterFailure(bench), 0, 200)
  })

  test('ignores the failure of a process whose lease has ended', async bench => {
    const { store, lead, advance, acquire, slot } = bench
    await lead(slot, 'late', 50)
    await advance(60)
    await lead(slot, 'current')
    await store.fail(slot, { ...FAILURE, owner: 'late' })
    assert.equal((await acquire(slot, 'reader')).outcome, 'follow')
  })
}

async function backoffAfterFailure(
  { store, lead, acquire, slot }: StoreBench,
  more: Partial<typeof FAILURE> = {},
): Promise<number> {
  const owner = randomUUID()
  await lead(slot, owner)
  await store.fail(slot, { ...FAILURE, ...more, owner })
  const answer = await acquire(slot, 'reader')
  assert.equal(answer.outcome, 'failed')
  assert.equal(answer.reason, FAILURE.reason)
  return answer.retryAfterMs
}
