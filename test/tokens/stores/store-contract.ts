import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { TokenStore, TokenStoreAcquisition } from '../../../src/tokens/stores/token-store.ts'

export interface StoreUnderTest {
  store: TokenStore
  /** Lets the store's time pass. */
  advance(ms: number): Promise<void> | void
  /** By how much a duration may be off: real stores are asked over a network, on a busy machine. */
  slackMs: number
  close?(): Promise<void>
}

/**
 * What every token store must do. A store of your own passes when this describes it without a failure.
 * The durations are short, since some stores have no clock that could be moved.
 */
export function describeTokenStore(name: string, start: () => Promise<StoreUnderTest>): void {
  describe(`the token store contract: ${name}`, () => {
    let under: StoreUnderTest
    let store: TokenStore

    beforeAll(async () => {
      under = await start()
      store = under.store
    })

    afterAll(async () => {
      await under?.close?.()
    })

    const newSlot = () => `{contract:${randomUUID()}}:access:stable`
    const ask = (slot: string, owner: string, more: { leaseMs?: number; refreshBeforeMs?: number } = {}) =>
      store.acquire(slot, { owner, leaseMs: 10_000, refreshBeforeMs: 0, refreshBeforeRatio: 1, ...more })

    async function lead(slot: string, owner: string, leaseMs = 10_000): Promise<number> {
      const answer = await ask(slot, owner, { leaseMs, refreshBeforeMs: Number.MAX_SAFE_INTEGER })
      expect(answer.outcome).toBe('lead')
      return answer.outcome === 'lead' ? answer.fencingToken : Number.NaN
    }

    async function publish(
      slot: string,
      value: string,
      ttlMs = 60_000,
      supersededTtlMs = 0,
    ): Promise<boolean> {
      const owner = randomUUID()
      const fencingToken = await lead(slot, owner)
      return store.publish(slot, { owner, fencingToken, value, ttlMs, leaseAgeMs: 0, supersededTtlMs })
    }

    const valueIn = (answer: TokenStoreAcquisition) => answer.credential?.value

    describe('electing a leader', () => {
      it('makes exactly one of many callers the leader, and the others follow', async () => {
        const slot = newSlot()
        const answers = await Promise.all(Array.from({ length: 50 }, (_, index) => ask(slot, `o${index}`)))
        const outcomes = answers.map(answer => answer.outcome)
        expect(outcomes.filter(outcome => outcome === 'lead')).toHaveLength(1)
        expect(outcomes.filter(outcome => outcome === 'follow')).toHaveLength(49)
      })

      it('elects another one when the lease has ended', async () => {
        const slot = newSlot()
        await lead(slot, 'first', 150)
        await under.advance(160)
        expect((await ask(slot, 'second')).outcome).toBe('lead')
      })

      it('elects another one at once when the lease was given back', async () => {
        const slot = newSlot()
        await lead(slot, 'first')
        await store.release(slot, 'first')
        expect((await ask(slot, 'second')).outcome).toBe('lead')
      })

      it('takes no lease back from who does not hold it', async () => {
        const slot = newSlot()
        await lead(slot, 'first')
        await store.release(slot, 'somebody else')
        expect((await ask(slot, 'second')).outcome).toBe('follow')
      })

      it('keeps slots apart', async () => {
        const [one, other] = [newSlot(), newSlot()]
        await publish(one, 'token')
        expect((await ask(other, 'owner')).outcome).toBe('lead')
      })
    })

    describe('publishing', () => {
      it('hands the value to everyone, with the life that is left', async () => {
        const slot = newSlot()
        await publish(slot, 'token|with|bars', 60_000)
        const answer = await ask(slot, 'reader')
        expect(answer).toMatchObject({ outcome: 'fresh', credential: { value: 'token|with|bars' } })
        expect(answer.credential?.ttlMs).toBeLessThanOrEqual(60_000)
        expect(answer.credential?.ttlMs).toBeGreaterThanOrEqual(60_000 - under.slackMs)
        expect(answer.credential?.remainingMs).toBeLessThanOrEqual(60_000)
        expect(answer.credential?.remainingMs).toBeGreaterThanOrEqual(60_000 - under.slackMs)
      })

      it('ends the lease, so that the next time there is a leader again', async () => {
        const slot = newSlot()
        await publish(slot, 'token')
        expect((await ask(slot, 'next', { refreshBeforeMs: 60_000 })).outcome).toBe('lead')
      })

      it('forgets the value when its life is over', async () => {
        const slot = newSlot()
        await publish(slot, 'token', 150)
        await under.advance(160)
        expect(await ask(slot, 'reader')).toMatchObject({ outcome: 'lead', credential: undefined })
      })

      it('gives generations that grow', async () => {
        const slot = newSlot()
        const first = await lead(slot, 'first')
        await store.publish(slot, {
          owner: 'first',
          fencingToken: first,
          value: 'a',
          ttlMs: 60_000,
          leaseAgeMs: 60,
          supersededTtlMs: 0,
        })
        expect(await lead(slot, 'second')).toBeGreaterThan(first)
      })

      it('replaces nothing by what an older fencingToken brings', async () => {
        const slot = newSlot()
        const late = await lead(slot, 'late', 50)
        await under.advance(60)
        await publish(slot, 'newer')
        const published = await store.publish(slot, {
          owner: 'late',
          fencingToken: late,
          value: 'older',
          ttlMs: 60_000,
          leaseAgeMs: 60,
          supersededTtlMs: 0,
        })
        expect(published).toBe(false)
        expect(await ask(slot, 'reader')).toMatchObject({ outcome: 'fresh', credential: { value: 'newer' } })
      })

      it('cuts the life of the newer value when the older one may have killed it', async () => {
        const slot = newSlot()
        const late = await lead(slot, 'late', 50)
        await under.advance(60)
        await publish(slot, 'newer', 60_000)
        const publication = {
          owner: 'late',
          fencingToken: late,
          value: 'older',
          ttlMs: 60_000,
          leaseAgeMs: 60,
        }
        await store.publish(slot, { ...publication, supersededTtlMs: 20_000 })
        expect((await ask(slot, 'reader')).credential?.remainingMs).toBeLessThanOrEqual(20_000)
        await store.publish(slot, { ...publication, supersededTtlMs: 40_000 })
        expect((await ask(slot, 'reader')).credential?.remainingMs).toBeLessThanOrEqual(20_000)
      })

      it('takes off the life by how much the message came late', async () => {
        const slot = newSlot()
        const fencingToken = await lead(slot, 'owner')
        await under.advance(600)
        const publication = { owner: 'owner', fencingToken, value: 'v', ttlMs: 60_000, supersededTtlMs: 0 }
        await store.publish(slot, { ...publication, leaseAgeMs: 100 })
        const late = (await ask(slot, 'reader')).credential
        expect(late?.remainingMs).toBeLessThanOrEqual(59_500 + 5)
        expect(late?.ttlMs).toBeLessThanOrEqual(59_500 + 5)
        await store.publish(slot, { ...publication, leaseAgeMs: 600 + under.slackMs })
        expect((await ask(slot, 'reader')).credential?.ttlMs).toBe(60_000)
        await store.publish(slot, { ...publication, ttlMs: 300, leaseAgeMs: 0 })
        expect((await ask(slot, 'reader', { refreshBeforeMs: 60_000 })).outcome).toBe('lead')
      })

      it('does not end the lease of another leader', async () => {
        const slot = newSlot()
        const late = await lead(slot, 'late', 50)
        await under.advance(60)
        await lead(slot, 'current')
        await store.publish(slot, {
          owner: 'late',
          fencingToken: late,
          value: 'v',
          ttlMs: 60_000,
          leaseAgeMs: 60,
          supersededTtlMs: 0,
        })
        expect((await ask(slot, 'third', { refreshBeforeMs: 60_000 })).outcome).toBe('follow')
      })
    })

    describe('refreshing ahead', () => {
      it('calls a value due by what is left of its life', async () => {
        const slot = newSlot()
        await publish(slot, 'token', 60_000)
        expect((await ask(slot, 'a', { refreshBeforeMs: 20_000 })).outcome).toBe('fresh')
        const due = await ask(slot, 'b', { refreshBeforeMs: 60_000 })
        expect(due).toMatchObject({ outcome: 'lead', credential: { value: 'token' } })
        const followed = await ask(slot, 'c', { refreshBeforeMs: 60_000 })
        expect(followed).toMatchObject({ outcome: 'follow', credential: { value: 'token' } })
      })

      it('calls a short-lived value due by a share of its life, however long before the end others are', async () => {
        const slot = newSlot()
        await publish(slot, 'token', 60_000)
        const request = { leaseMs: 10_000, refreshBeforeMs: 600_000 }
        const fresh = await store.acquire(slot, { ...request, owner: 'a', refreshBeforeRatio: 0.25 })
        expect(fresh.outcome).toBe('fresh')
        const due = await store.acquire(slot, { ...request, owner: 'b', refreshBeforeRatio: 1 })
        expect(due.outcome).toBe('lead')
      })
    })

    describe('failing', () => {
      const failure = { reason: 'errcode -1 /cgi-bin/token', baseMs: 200, capMs: 60_000, jitter: 1 }

      async function pauseAfterFailure(slot: string, more: Partial<typeof failure> = {}): Promise<number> {
        const owner = randomUUID()
        await lead(slot, owner)
        await store.fail(slot, { ...failure, ...more, owner })
        const answer = await ask(slot, 'reader')
        expect(answer).toMatchObject({ outcome: 'failed', reason: failure.reason })
        return answer.outcome === 'failed' ? answer.retryAfterMs : Number.NaN
      }

      it('answers the reason until the pause is over, and then elects again', async () => {
        const slot = newSlot()
        const pauseMs = await pauseAfterFailure(slot)
        expect(pauseMs).toBeGreaterThan(0)
        expect(pauseMs).toBeLessThanOrEqual(200)
        await under.advance(210)
        expect((await ask(slot, 'next')).outcome).toBe('lead')
      })

      it('hands out the value that is still good along with the reason', async () => {
        const slot = newSlot()
        await publish(slot, 'token')
        await lead(slot, 'leader')
        await store.fail(slot, { ...failure, owner: 'leader' })
        expect(await ask(slot, 'reader', { refreshBeforeMs: 60_000 })).toMatchObject({
          outcome: 'failed',
          credential: { value: 'token' },
        })
        expect((await ask(slot, 'reader')).outcome).toBe('fresh')
      })

      it('doubles the pause with each failure in a row, up to the cap, times the jitter', async () => {
        const slot = newSlot()
        const pauses: number[] = []
        for (const expected of [200, 400, 500]) {
          const pauseMs = await pauseAfterFailure(slot, { capMs: 500 })
          expect(pauseMs).toBeLessThanOrEqual(expected)
          pauses.push(pauseMs)
          await under.advance(expected + 10)
        }
        expect(pauses[1]).toBeGreaterThan(pauses[0] ?? Number.NaN)
        const jittered = await pauseAfterFailure(slot, { capMs: 500, jitter: 0.5 })
        expect(jittered).toBeLessThanOrEqual(250)
      })

      it('begins with the short pause again after a success', async () => {
        const slot = newSlot()
        for (const expected of [200, 400]) {
          await pauseAfterFailure(slot)
          await under.advance(expected + 10)
        }
        await publish(slot, 'token', 100)
        await under.advance(110)
        expect(await pauseAfterFailure(slot)).toBeLessThanOrEqual(200)
      })

      it('ignores the failure of one who no longer leads', async () => {
        const slot = newSlot()
        await lead(slot, 'late', 50)
        await under.advance(60)
        await lead(slot, 'current')
        await store.fail(slot, { ...failure, owner: 'late' })
        expect((await ask(slot, 'reader')).outcome).toBe('follow')
      })
    })

    describe('invalidating', () => {
      it('removes exactly the value that was reported, however often it is reported', async () => {
        const slot = newSlot()
        await publish(slot, 'dead')
        const outcomes = await Promise.all(
          Array.from({ length: 20 }, () => store.invalidate(slot, 'dead', 10_000)),
        )
        expect(outcomes.filter(outcome => outcome === 'removed')).toHaveLength(1)
        expect(outcomes.filter(outcome => outcome === 'other')).toHaveLength(19)
        expect(valueIn(await ask(slot, 'reader'))).toBeUndefined()
      })

      it('leaves another value alone', async () => {
        const slot = newSlot()
        await publish(slot, 'good')
        expect(await store.invalidate(slot, 'dead', 10_000)).toBe('other')
        expect(await store.invalidate(slot, 'goo', 10_000)).toBe('other')
        expect(await store.invalidate(slot, 'good.', 10_000)).toBe('other')
        expect(valueIn(await ask(slot, 'reader'))).toBe('good')
      })

      it('keeps a value that came back after it was removed, for as long as it cools', async () => {
        const slot = newSlot()
        await publish(slot, 'dead')
        expect(await store.invalidate(slot, 'dead', 300)).toBe('removed')
        await publish(slot, 'dead')
        expect(await store.invalidate(slot, 'dead', 300)).toBe('in-cooldown')
        expect(valueIn(await ask(slot, 'reader'))).toBe('dead')
        await under.advance(310)
        expect(await store.invalidate(slot, 'dead', 300)).toBe('removed')
      })
    })

    describe('what logins leave', () => {
      it('lets one of many claim a key, until its time is over', async () => {
        const key = `login:${randomUUID()}`
        const claims = await Promise.all(Array.from({ length: 20 }, () => store.claim(key, 300)))
        expect(claims.filter(Boolean)).toHaveLength(1)
        expect(await store.claim(key, 300)).toBe(false)
        await under.advance(310)
        expect(await store.claim(key, 300)).toBe(true)
      })

      it('gives back what was put, until its time is over', async () => {
        const key = `outcome:${randomUUID()}`
        expect(await store.get(key)).toBeUndefined()
        await store.put(key, '{"昵称":"小明"}', 150)
        expect(await store.get(key)).toBe('{"昵称":"小明"}')
        await store.put(key, '', 150)
        expect(await store.get(key)).toBe('')
        await under.advance(160)
        expect(await store.get(key)).toBeUndefined()
      })
    })
  })
}
