import assert from 'node:assert/strict'
import { assertBetween, type StoreBench, type StoreTest } from './store-bench.js'

export function testPublishing(test: StoreTest): void {
  test('hands the value to every process, with its remaining life', async ({
    publish,
    acquire,
    slot,
    slackMs,
  }) => {
    await publish(slot, 'token|with|bars', 60_000)
    const answer = await acquire(slot, 'reader')
    assert.equal(answer.outcome, 'fresh')
    assert.equal(answer.credential.value, 'token|with|bars')
    assertBetween(answer.credential.ttlMs, 60_000 - slackMs, 60_000)
    assertBetween(answer.credential.remainingMs, 60_000 - slackMs, 60_000)
  })

  test('ends the lease, so that the next refresh has a leader', async ({ publish, acquire, slot }) => {
    await publish(slot, 'token')
    assert.equal((await acquire(slot, 'next', { refreshBeforeMs: 60_000 })).outcome, 'lead')
  })

  test('forgets the value after its TTL', async ({ publish, acquire, advance, slot }) => {
    await publish(slot, 'token', 150)
    await advance(160)
    const answer = await acquire(slot, 'reader')
    assert.equal(answer.outcome, 'lead')
    assert.equal(answer.credential, undefined)
  })

  test('gives fencing tokens that grow', async ({ store, lead, slot }) => {
    const fencingToken = await lead(slot, 'first')
    await store.publish(slot, createPublication('first', fencingToken))
    assert.ok((await lead(slot, 'second')) > fencingToken)
  })

  test('does not replace a value by one with an older fencing token', async bench => {
    const { store, acquire, slot } = bench
    const late = await publishNewer(bench)
    assert.equal(await store.publish(slot, createPublication('late', late)), false)
    const answer = await acquire(slot, 'reader')
    assert.equal(answer.outcome, 'fresh')
    assert.equal(answer.credential.value, 'newer')
  })

  test('cuts the life of the newer value if the older fetch may have invalidated it', async bench => {
    const { store, acquire, slot } = bench
    const publication = createPublication('late', await publishNewer(bench))
    for (const supersededTtlMs of [20_000, 40_000]) {
      await store.publish(slot, { ...publication, supersededTtlMs })
      assertBetween((await acquire(slot, 'reader')).credential?.remainingMs, 0, 20_000)
    }
  })

  test('shortens the TTL by how much the message was delayed', async bench => {
    const { store, acquire, lead, advance, slot, slackMs } = bench
    const publication = createPublication('owner', await lead(slot, 'owner'))
    await advance(600)
    await store.publish(slot, { ...publication, leaseAgeMs: 100 })
    const delayed = (await acquire(slot, 'reader')).credential
    assertBetween(delayed?.remainingMs, 0, 59_500 + 5)
    assertBetween(delayed?.ttlMs, 0, 59_500 + 5)
    await store.publish(slot, { ...publication, leaseAgeMs: 600 + slackMs })
    assert.equal((await acquire(slot, 'reader')).credential?.ttlMs, 60_000)
    await store.publish(slot, { ...publication, ttlMs: 300, leaseAgeMs: 0 })
    assert.equal((await acquire(slot, 'reader', { refreshBeforeMs: 60_000 })).outcome, 'lead')
  })

  test('does not end the lease of another leader', async ({ store, acquire, lead, advance, slot }) => {
    const late = await lead(slot, 'late', 50)
    await advance(60)
    await lead(slot, 'current')
    await store.publish(slot, createPublication('late', late))
    assert.equal((await acquire(slot, 'third', { refreshBeforeMs: 60_000 })).outcome, 'follow')
  })
}

/** The lease of "late" ends, and another process publishes. Returns the fencing token of "late". */
async function publishNewer({ lead, advance, publish, slot }: StoreBench): Promise<number> {
  const late = await lead(slot, 'late', 50)
  await advance(60)
  await publish(slot, 'newer', 60_000)
  return late
}

function createPublication(owner: string, fencingToken: number) {
  return { owner, fencingToken, value: 'older', ttlMs: 60_000, leaseAgeMs: 60, supersededTtlMs: 0 }
}
