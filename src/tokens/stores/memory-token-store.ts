import { z } from 'zod'
import { type Clock, isClock, systemClock } from '../../util/clock.js'
import { parseOptions } from '../../util/parse-options.js'
import type {
  AcquireRequest,
  Acquisition,
  Failure,
  Publication,
  StoredCredential,
  TokenStore,
} from './token-store.js'

interface Slot {
  credential?: { value: string; generation: number; lifeMs: number; diesAt: number }
  lease?: { owner: string; endsAt: number }
  failure?: { reason: string; endsAt: number }
  failuresInARow: { count: number; forgottenAt: number }
  cooling: Map<string, number>
}

const FAILURES_REMEMBERED_MS = 600_000
/** Entries of logins are short-lived; the sweep that drops the dead ones runs each time that this many came. */
const PUTS_BETWEEN_SWEEPS = 256
/** Anybody can begin logins and end them with made-up codes, and each one is remembered for eleven minutes. */
const MAX_ENTRIES = 10_000

const optionsSchema = z.strictObject({
  clock: z.custom<Clock>(isClock, 'must have wallMs, monotonicMs and sleep').default(systemClock),
})

/**
 * The store of one process: what the others lead, publish and claim, it does not see.
 *
 * @throws {WechatConfigError} naming the option
 */
export function memoryTokenStore(options: { clock?: Clock | undefined } = {}): TokenStore {
  return new MemoryTokenStore(parseOptions('memoryTokenStore', optionsSchema, options).clock)
}

class MemoryTokenStore implements TokenStore {
  readonly isShared = false
  readonly #clock: Clock
  readonly #slots = new Map<string, Slot>()
  readonly #entries = new Map<string, { value: string; diesAt: number }>()
  /** Generations are microseconds since 1970, as Redis makes them: they grow also over a store that lost everything. */
  readonly #epochMs: number
  #lastGeneration = 0
  #putsSinceSweep = 0

  constructor(clock: Clock) {
    this.#clock = clock
    this.#epochMs = clock.wallMs() - clock.monotonicMs()
  }

  async acquire(name: string, { owner, leaseMs, dueMs, dueShare }: AcquireRequest): Promise<Acquisition> {
    const now = this.#clock.monotonicMs()
    const slot = this.#slot(name, now)
    const credential = readCredential(slot, now)
    if (credential && credential.leftMs > Math.min(dueMs, credential.lifeMs * dueShare)) {
      return { outcome: 'fresh', credential }
    }
    if (slot.failure) {
      return {
        outcome: 'failed',
        credential,
        reason: slot.failure.reason,
        retryAfterMs: slot.failure.endsAt - now,
      }
    }
    if (slot.lease) return { outcome: 'follow', credential }
    slot.lease = { owner, endsAt: now + leaseMs }
    this.#lastGeneration = Math.max(Math.round((this.#epochMs + now) * 1000), this.#lastGeneration + 1)
    return { outcome: 'lead', credential, generation: this.#lastGeneration }
  }

  async publish(
    name: string,
    { owner, generation, value, lifeMs, heldMs, suspectMs }: Publication,
  ): Promise<boolean> {
    const now = this.#clock.monotonicMs()
    const slot = this.#slot(name, now)
    const isNewest = (slot.credential?.generation ?? 0) <= generation
    if (isNewest) {
      const lateMs = this.#epochMs + now - generation / 1000 - heldMs
      const leftMs = lifeMs - Math.max(0, lateMs)
      slot.credential = { value, generation, lifeMs: leftMs, diesAt: now + leftMs }
      slot.failuresInARow = { count: 0, forgottenAt: 0 }
      delete slot.failure
    } else if (slot.credential && suspectMs > 0) {
      slot.credential.diesAt = Math.min(slot.credential.diesAt, now + suspectMs)
    }
    endLease(slot, owner)
    return isNewest
  }

  async fail(name: string, { owner, reason, baseMs, capMs, jitter }: Failure): Promise<void> {
    const now = this.#clock.monotonicMs()
    const slot = this.#slot(name, now)
    if (slot.lease?.owner !== owner) return
    const count = slot.failuresInARow.count + 1
    slot.failuresInARow = { count, forgottenAt: now + FAILURES_REMEMBERED_MS }
    const pauseMs = Math.min(baseMs * 2 ** Math.min(count - 1, 20), capMs) * jitter
    slot.failure = { reason, endsAt: now + pauseMs }
    endLease(slot, owner)
  }

  async release(name: string, owner: string): Promise<void> {
    endLease(this.#slot(name, this.#clock.monotonicMs()), owner)
  }

  async invalidate(name: string, value: string, coolMs: number): Promise<'removed' | 'other' | 'cooling'> {
    const now = this.#clock.monotonicMs()
    const slot = this.#slot(name, now)
    if (slot.credential?.value !== value) return 'other'
    if (slot.cooling.has(value)) return 'cooling'
    slot.cooling.set(value, now + coolMs)
    delete slot.credential
    return 'removed'
  }

  async claim(key: string, ttlMs: number): Promise<boolean> {
    // No await between look and claim: two callers must not both see it free.
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
    this.#entries.set(key, { value, diesAt: now + ttlMs })
    this.#putsSinceSweep += 1
    if (this.#putsSinceSweep < PUTS_BETWEEN_SWEEPS) return
    this.#putsSinceSweep = 0
    for (const [candidate, { diesAt }] of this.#entries) if (diesAt <= now) this.#entries.delete(candidate)
    // What is left over the limit goes in the order in which it came.
    for (const candidate of this.#entries.keys()) {
      if (this.#entries.size <= MAX_ENTRIES) break
      this.#entries.delete(candidate)
    }
  }

  #read(key: string): string | undefined {
    const entry = this.#entries.get(key)
    return entry && entry.diesAt > this.#clock.monotonicMs() ? entry.value : undefined
  }

  /** The slot as of now: what has run out is gone from it. */
  #slot(name: string, now: number): Slot {
    let slot = this.#slots.get(name)
    if (!slot) {
      slot = { failuresInARow: { count: 0, forgottenAt: 0 }, cooling: new Map() }
      this.#slots.set(name, slot)
    }
    if (slot.credential && slot.credential.diesAt <= now) delete slot.credential
    if (slot.lease && slot.lease.endsAt <= now) delete slot.lease
    if (slot.failure && slot.failure.endsAt <= now) delete slot.failure
    if (slot.failuresInARow.forgottenAt <= now) slot.failuresInARow = { count: 0, forgottenAt: 0 }
    for (const [value, endsAt] of slot.cooling) if (endsAt <= now) slot.cooling.delete(value)
    return slot
  }
}

function readCredential(slot: Slot, now: number): StoredCredential | undefined {
  if (!slot.credential) return undefined
  const { value, lifeMs, diesAt } = slot.credential
  return { value, lifeMs, leftMs: diesAt - now }
}

function endLease(slot: Slot, owner: string): void {
  if (slot.lease?.owner === owner) delete slot.lease
}
