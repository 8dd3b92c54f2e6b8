import { z } from 'zod'
import { type Clock, isClock, systemClock } from '../../util/clock.js'
import { parseOptions } from '../../util/parse-options.js'
import type {
  TokenStore,
  TokenStoreAcquireRequest,
  TokenStoreAcquisition,
  TokenStoreCredential,
  TokenStoreFailure,
  TokenStoreInvalidation,
  TokenStorePublication,
} from './token-store.js'

interface Slot {
  credential?: { value: string; fencingToken: number; ttlMs: number; expiresAt: number }
  lease?: { owner: string; expiresAt: number }
  failure?: { reason: string; expiresAt: number }
  failuresInARow: { count: number; expiresAt: number }
  /** The credentials that were invalidated, and when the cooldown of each ends. */
  inCooldown: Map<string, number>
}

const FAILURES_REMEMBERED_MS = 600_000
/** After this many writes of entries for logins and messages, the expired entries are removed. */
const PUTS_BETWEEN_SWEEPS = 256
/**
 * The most entries that a sweep of expired entries leaves; it removes the oldest ones above this number. Without a limit,
 * clients could fill the memory: each can end logins with made-up codes, and each login is kept for eleven minutes.
 */
const MAX_ENTRIES = 10_000

const optionsSchema = z.strictObject({
  clock: z.custom<Clock>(isClock, 'must have wallMs, monotonicMs and sleep').default(systemClock),
})

/**
 * Makes a token store in the memory of this process. Other processes don't see what it stores.
 *
 * @throws {WechatConfigError} naming the option
 */
export function createMemoryTokenStore(options: { clock?: Clock | undefined } = {}): TokenStore {
  return new MemoryTokenStore(parseOptions('createMemoryTokenStore', optionsSchema, options).clock)
}

class MemoryTokenStore implements TokenStore {
  readonly isShared = false
  readonly #clock: Clock
  readonly #slots = new Map<string, Slot>()
  readonly #entries = new Map<string, { value: string; expiresAt: number }>()
  /**
   * The wall-clock time at which the monotonic clock was 0. With it, fencing tokens are microseconds since 1970, as in
   * Redis, so that they also grow after a store lost its entries.
   */
  readonly #epochMs: number
  #lastFencingToken = 0
  #putsSinceSweep = 0

  constructor(clock: Clock) {
    this.#clock = clock
    this.#epochMs = clock.wallMs() - clock.monotonicMs()
  }

  async acquire(
    name: string,
    { owner, leaseMs, refreshBeforeMs, refreshBeforeRatio }: TokenStoreAcquireRequest,
  ): Promise<TokenStoreAcquisition> {
    const now = this.#clock.monotonicMs()
    const slot = this.#slot(name, now)
    const credential = readCredential(slot, now)
    if (
      credential &&
      credential.remainingMs > Math.min(refreshBeforeMs, credential.ttlMs * refreshBeforeRatio)
    ) {
      return { outcome: 'fresh', credential }
    }
    if (slot.failure) {
      return {
        outcome: 'failed',
        credential,
        reason: slot.failure.reason,
        retryAfterMs: slot.failure.expiresAt - now,
      }
    }
    if (slot.lease) return { outcome: 'follow', credential }
    slot.lease = { owner, expiresAt: now + leaseMs }
    this.#lastFencingToken = Math.max(Math.round((this.#epochMs + now) * 1000), this.#lastFencingToken + 1)
    return { outcome: 'lead', credential, fencingToken: this.#lastFencingToken }
  }

  async publish(
    name: string,
    { owner, fencingToken, value, ttlMs, leaseAgeMs, supersededTtlMs }: TokenStorePublication,
  ): Promise<boolean> {
    const now = this.#clock.monotonicMs()
    const slot = this.#slot(name, now)
    const isNewest = (slot.credential?.fencingToken ?? 0) <= fencingToken
    if (isNewest) {
      const delayMs = this.#epochMs + now - fencingToken / 1000 - leaseAgeMs
      const remainingMs = ttlMs - Math.max(0, delayMs)
      slot.credential = { value, fencingToken, ttlMs: remainingMs, expiresAt: now + remainingMs }
      slot.failuresInARow = { count: 0, expiresAt: 0 }
      delete slot.failure
    } else if (slot.credential && supersededTtlMs > 0) {
      slot.credential.expiresAt = Math.min(slot.credential.expiresAt, now + supersededTtlMs)
    }
    endLease(slot, owner)
    return isNewest
  }

  async fail(name: string, { owner, reason, baseMs, capMs, jitter }: TokenStoreFailure): Promise<void> {
    const now = this.#clock.monotonicMs()
    const slot = this.#slot(name, now)
    if (slot.lease?.owner !== owner) return
    const count = slot.failuresInARow.count + 1
    slot.failuresInARow = { count, expiresAt: now + FAILURES_REMEMBERED_MS }
    const backoffMs = Math.min(baseMs * 2 ** Math.min(count - 1, 20), capMs) * jitter
    slot.failure = { reason, expiresAt: now + backoffMs }
    endLease(slot, owner)
  }

  async release(name: string, owner: string): Promise<void> {
    endLease(this.#slot(name, this.#clock.monotonicMs()), owner)
  }

  async invalidate(name: string, value: string, cooldownMs: number): Promise<TokenStoreInvalidation> {
    const now = this.#clock.monotonicMs()
    const slot = this.#slot(name, now)
    if (slot.credential?.value !== value) return 'other'
    if (slot.inCooldown.has(value)) return 'in-cooldown'
    slot.inCooldown.set(value, now + cooldownMs)
    delete slot.credential
    return 'removed'
  }

  async claim(key: string, ttlMs: number): Promise<boolean> {
    // Without an await between reading and writing, two callers can't both find the key free.
    if (this.#read(key) !== undefined) return false
    this.#write(key, '', ttlMs)
    return true
  }

  async put(key: string, value: string, ttlMs: number): Promise<void> {
    this.#write(key, value, ttlMs)
  }

  async get(key: string): Promise<string | undefined> {
    return this.#read(key)
  }

  #write(key: string, value: string, ttlMs: number): void {
    const now = this.#clock.monotonicMs()
    this.#entries.set(key, { value, expiresAt: now + ttlMs })
    this.#putsSinceSweep += 1
    if (this.#putsSinceSweep < PUTS_BETWEEN_SWEEPS) return
    this.#putsSinceSweep = 0
    for (const [candidate, { expiresAt }] of this.#entries)
      if (expiresAt <= now) this.#entries.delete(candidate)
    // Entries over the limit are removed, the oldest first.
    for (const candidate of this.#entries.keys()) {
      if (this.#entries.size <= MAX_ENTRIES) break
      this.#entries.delete(candidate)
    }
  }

  #read(key: string): string | undefined {
    const entry = this.#entries.get(key)
    return entry && entry.expiresAt > this.#clock.monotonicMs() ? entry.value : undefined
  }

  /** Returns the slot after dropping its expired parts. A slot that does not exist yet is made. */
  #slot(name: string, now: number): Slot {
    let slot = this.#slots.get(name)
    if (!slot) {
      slot = { failuresInARow: { count: 0, expiresAt: 0 }, inCooldown: new Map() }
      this.#slots.set(name, slot)
    }
    if (slot.credential && slot.credential.expiresAt <= now) delete slot.credential
    if (slot.lease && slot.lease.expiresAt <= now) delete slot.lease
    if (slot.failure && slot.failure.expiresAt <= now) delete slot.failure
    if (slot.failuresInARow.expiresAt <= now) slot.failuresInARow = { count: 0, expiresAt: 0 }
    for (const [value, expiresAt] of slot.inCooldown) if (expiresAt <= now) slot.inCooldown.delete(value)
    return slot
  }
}

function readCredential(slot: Slot, now: number): TokenStoreCredential | undefined {
  if (!slot.credential) return undefined
  const { value, ttlMs, expiresAt } = slot.credential
  return { value, ttlMs, remainingMs: expiresAt - now }
}

function endLease(slot: Slot, owner: string): void {
  if (slot.lease?.owner === owner) delete slot.lease
}
