import { describe, expect, it } from 'vitest'
import { createMediaCache, type MediaCache, type WholeMedia } from '../../../src/media/send/media-cache.ts'
import { ManualClock } from '../../support/manual-clock.ts'

const KB = 1024
const TTL_MS = 60_000

function createCache(maxKb: number): { cache: MediaCache; clock: ManualClock } {
  const clock = new ManualClock()
  return { cache: createMediaCache({ maxBytes: maxKb * KB, ttlMs: TTL_MS, clock }), clock }
}

function mediaOf(kilobytes: number): WholeMedia {
  return {
    type: { contentType: 'image/jpeg', extension: 'jpg' },
    data: Buffer.alloc(kilobytes * KB),
    etag: '"x"',
  }
}

/** Keeps a medium; it counts one kilobyte more than its bytes. */
function keep(cache: MediaCache, key: string, kilobytes: number): boolean {
  const reservation = cache.reserve(kilobytes * KB)
  reservation?.keep(key, mediaOf(kilobytes))
  return reservation !== undefined
}

function has(cache: MediaCache, key: string): boolean {
  const taken = cache.take(key)
  taken?.release()
  return taken !== undefined
}

describe('createMediaCache', () => {
  it('keeps a medium for its time to live, and no longer', () => {
    const { cache, clock } = createCache(100)
    keep(cache, 'a', 1)

    clock.advance(TTL_MS - 1)
    expect(has(cache, 'a')).toBe(true)
    clock.advance(1)
    expect(has(cache, 'a')).toBe(false)
  })

  it('drops what expires first if there is no room', () => {
    const { cache } = createCache(10)
    for (const key of ['a', 'b', 'c']) keep(cache, key, 3)

    expect(['a', 'b', 'c'].map(key => has(cache, key))).toEqual([false, true, true])
  })

  it('refuses a medium that is larger than all, and drops nothing for it', () => {
    const { cache } = createCache(10)
    keep(cache, 'a', 3)

    expect(keep(cache, 'b', 10)).toBe(false)
    expect(has(cache, 'a')).toBe(true)
  })

  it('counts a medium that is still arriving, until it is kept or given up', () => {
    const { cache } = createCache(10)
    const arriving = cache.reserve(6 * KB)

    expect(keep(cache, 'a', 3)).toBe(false)
    arriving?.release()
    arriving?.release()
    expect(keep(cache, 'a', 9)).toBe(true)
    expect(keep(cache, 'b', 9)).toBe(true)
  })

  it('counts the bytes that a receiver is taking until it is released, also after they expired', () => {
    const { cache, clock } = createCache(10)
    keep(cache, 'a', 6)
    const taken = cache.take('a')

    expect(keep(cache, 'b', 6)).toBe(false)
    clock.advance(TTL_MS)
    expect(has(cache, 'a')).toBe(false)
    expect(keep(cache, 'b', 6)).toBe(false)
    taken?.release()
    taken?.release()
    expect(keep(cache, 'b', 9)).toBe(true)
    expect(keep(cache, 'c', 1)).toBe(true)
    expect(has(cache, 'b')).toBe(false)
  })

  it('counts a medium once if it is kept again under its key', () => {
    const { cache } = createCache(10)
    for (let i = 0; i < 10; i++) keep(cache, 'a', 4)
    keep(cache, 'b', 4)

    expect([has(cache, 'a'), has(cache, 'b')]).toEqual([true, true])
  })

  it('holds no more small media than their overhead allows', () => {
    const { cache } = createCache(10)
    for (let i = 0; i < 100; i++) keep(cache, String(i), 0)

    const held = Array.from({ length: 100 }, (_, i) => has(cache, String(i))).filter(Boolean)
    expect(held).toHaveLength(10)
  })
})
