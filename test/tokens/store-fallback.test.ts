import { describe, expect, it, vi } from 'vitest'
import { createStoreFallback, StoreFailure } from '../../src/tokens/store-fallback.ts'
import { BreakableStore } from '../support/breakable-store.ts'
import { ManualClock } from '../support/manual-clock.ts'

const SLOT = 'slot'
const request = { owner: 'me', leaseMs: 5_000, refreshBeforeMs: 0, refreshBeforeRatio: 1 }

function fallbackBench() {
  const clock = new ManualClock()
  const store = new BreakableStore(clock)
  const onFailure = vi.fn(() => 'connection' as const)
  const stores = createStoreFallback(store, clock, onFailure)
  async function publish(to: typeof stores.shared, value: string): Promise<void> {
    const answer = await to.acquire(SLOT, request)
    if (answer.outcome !== 'lead') throw new Error('no lease')
    const { fencingToken } = answer
    const times = { ttlMs: 60_000, leaseAgeMs: 0, supersededTtlMs: 0 }
    await to.publish(SLOT, { owner: 'me', fencingToken, value, ...times })
  }
  return { store, stores, onFailure, publish }
}

describe('a store with its fallback', () => {
  it('reports what the shared store throws, and throws an error that carries nothing of it', async () => {
    const { store, stores, onFailure } = fallbackBench()
    store.isAway = true
    const error: Error = await stores.shared.acquire(SLOT, request).catch(thrown => thrown)
    expect(error).toBeInstanceOf(StoreFailure)
    expect(error).toMatchObject({ reason: 'connection' })
    expect(`${error.stack}${error.message}`).not.toContain('redis://')
    expect(onFailure).toHaveBeenCalledExactlyOnceWith(
      expect.objectContaining({ message: expect.any(String) }),
    )
  })

  it('forgets what it stored for itself when the shared store has recovered', async () => {
    const { stores, publish } = fallbackBench()
    await publish(stores.useFallback(), 'own')
    expect(await stores.useFallback().acquire(SLOT, request)).toMatchObject({ outcome: 'fresh' })
    stores.onStoreRecovered()
    expect(await stores.useFallback().acquire(SLOT, request)).toMatchObject({ outcome: 'lead' })
  })

  it('keeps the fallback as long as the outage lasts', () => {
    const { stores } = fallbackBench()
    expect(stores.useFallback()).toBe(stores.useFallback())
  })

  it('invalidates in both stores', async () => {
    const { stores, publish } = fallbackBench()
    await publish(stores.shared, 'shared')
    await publish(stores.useFallback(), 'own')
    expect(await stores.invalidate(SLOT, 'shared', 10_000)).toBe('removed')
    expect(await stores.invalidate(SLOT, 'own', 10_000)).toBe('removed')
    expect(await stores.invalidate(SLOT, 'neither', 10_000)).toBe('other')
  })

  it('goes by the cooldown of the fallback only while the shared store is down', async () => {
    const { store, stores, publish } = fallbackBench()
    const fallback = stores.useFallback()
    await publish(fallback, 'dead')
    expect(await stores.invalidate(SLOT, 'dead', 10_000)).toBe('removed')
    await publish(fallback, 'dead')
    store.isAway = true
    expect(await stores.invalidate(SLOT, 'dead', 10_000)).toBe('in-cooldown')
    store.isAway = false
    expect(await stores.invalidate(SLOT, 'dead', 10_000)).toBe('other')
  })
})
