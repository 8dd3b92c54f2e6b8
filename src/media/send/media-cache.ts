import type { Clock } from '../../util/clock.js'
import type { MediaType } from '../media-type.js'

/** A medium of which all bytes are in memory. */
export interface WholeMedia {
  readonly type: MediaType
  readonly data: Buffer
  /** A strong ETag: it differs for different bytes. */
  readonly etag: string
}

export interface MediaCache {
  /** Returns a kept medium, if there is one. Until it is released its bytes count as used, even if it expires. */
  take(key: string): TakenMedia | undefined
  /** Reserves memory for a medium that is still arriving. Returns undefined if too little is free. */
  reserve(byteLength: number): Reservation | undefined
}

export interface TakenMedia {
  readonly media: WholeMedia
  /** Tells the cache that this response has sent the medium. A second call does nothing. */
  release(): void
}

export interface Reservation {
  keep(key: string, media: WholeMedia): void
  /** Frees the reserved memory, unless the medium was kept. A second call does nothing. */
  release(): void
}

export interface MediaCacheOptions {
  /** The limit of all kept, taken and reserved bytes together. */
  maxBytes: number
  ttlMs: number
  clock: Clock
}

interface Entry {
  media: WholeMedia
  byteLength: number
  expiresAtMs: number
  /** How many responses are sending the medium. */
  users: number
  isKept: boolean
}

/** The memory that an entry takes besides its bytes: its key, its objects, and the rest of the buffer of the bytes. */
const ENTRY_BYTES = 1024

/** Makes a cache that keeps media for `ttlMs`, because a player that seeks asks for one medium many times. */
export function createMediaCache({ maxBytes, ttlMs, clock }: MediaCacheOptions): MediaCache {
  /** The kept media, in the order of their expiry. */
  const entries = new Map<string, Entry>()
  let usedBytes = 0
  let isSweepDue = false

  function drop(key: string, entry: Entry): void {
    entries.delete(key)
    entry.isKept = false
    if (entry.users === 0) usedBytes -= entry.byteLength
  }

  function dropExpired(): void {
    const nowMs = clock.monotonicMs()
    for (const [key, entry] of entries) {
      if (entry.expiresAtMs > nowMs) return
      drop(key, entry)
    }
  }

  /**
   * Drops media, those first that expire first, until `byteLength` bytes are free. A medium that is being sent stays,
   * since its bytes would stay in memory anyway. Returns whether the bytes are free.
   */
  function makeRoom(byteLength: number): boolean {
    if (byteLength > maxBytes) return false
    dropExpired()
    for (const [key, entry] of entries) {
      if (usedBytes + byteLength <= maxBytes) return true
      if (entry.users === 0) drop(key, entry)
    }
    return usedBytes + byteLength <= maxBytes
  }

  /** Starts the timer that drops expired media, since a process without requests would keep its last media for ever. */
  function sweepLater(): void {
    if (isSweepDue) return
    isSweepDue = true
    setTimeout(() => {
      isSweepDue = false
      dropExpired()
      if (entries.size > 0) sweepLater()
    }, ttlMs).unref()
  }

  return {
    take(key) {
      dropExpired()
      const entry = entries.get(key)
      if (!entry) return undefined
      entry.users += 1
      const release = once(() => {
        entry.users -= 1
        if (!entry.isKept && entry.users === 0) usedBytes -= entry.byteLength
      })
      return { media: entry.media, release }
    },

    reserve(mediaBytes) {
      const byteLength = mediaBytes + ENTRY_BYTES
      if (!makeRoom(byteLength)) return undefined
      usedBytes += byteLength
      let isPending = true
      return {
        keep(key, media) {
          if (!isPending) return
          isPending = false
          const before = entries.get(key)
          if (before) drop(key, before)
          const expiresAtMs = clock.monotonicMs() + ttlMs
          entries.set(key, { media, byteLength, expiresAtMs, users: 0, isKept: true })
          sweepLater()
        },
        release() {
          if (isPending) usedBytes -= byteLength
          isPending = false
        },
      }
    },
  }
}

function once(task: () => void): () => void {
  let isDone = false
  return () => {
    if (!isDone) task()
    isDone = true
  }
}
