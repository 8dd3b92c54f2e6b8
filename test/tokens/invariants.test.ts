import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { WechatUpstreamError } from '../../src/errors/errors.ts'
import { type CredentialCache, createCredentialCache } from '../../src/tokens/credential-cache.ts'
import { accessTokenPolicy } from '../../src/tokens/credential-policy.ts'
import { createMemoryTokenStore } from '../../src/tokens/stores/memory-token-store.ts'
import type { TokenStore } from '../../src/tokens/stores/token-store.ts'
import { createTokenEvents } from '../../src/tokens/token-events.ts'
import type { Credential } from '../../src/wechat-api/credentials.ts'
import { ManualClock } from '../support/manual-clock.ts'

/** `npm run invariants` for the long run. */
const RUNS = Number(process.env.INVARIANT_RUNS ?? 300)

const LIFE_MS = 7_200_000
const OVERLAP_MS = 300_000
const LIMIT_MS = 10_000
const MARGIN_MS = 10_000
const PROCESSES = 3
const SLOT = 'slot'

type Mode = 'stable' | 'legacy'

interface Process {
  credential: CredentialCache
  lifetime: AbortController
  served: string | undefined
  /** While set, whatever this process does next waits for it. */
  stopped: PromiseWithResolvers<void> | undefined
  isDead: boolean
  /** Callers without an answer yet. */
  waiting: number
  fetchesOpen: number
  fetchStartedAt: number
}

/**
 * Some processes over one store, whose every message travels in an order that fast-check picks, in a time that
 * only commands move.
 */
class World {
  readonly clock = new ManualClock()
  readonly scheduler: fc.Scheduler
  readonly mode: Mode
  processes: Process[] = []
  isStoreAway = false
  isWechatDown = false
  /** Something happened after which two processes may call at once: what the algorithm allows. */
  mayOverlap = false
  readonly broken: string[] = []
  #inner = createMemoryTokenStore({ clock: this.clock })
  #alive = new Map<string, number>()
  #current: string | undefined
  #issued = 0
  #newestFencingToken = 0
  #stored: string | undefined
  #storedExpiresAt = 0
  /** Who was given a lease and has not ended it, and when. */
  readonly #leaders = new Map<Process, number>()
  #removedAt = new Map<string, number>()

  constructor(scheduler: fc.Scheduler, mode: Mode) {
    this.scheduler = scheduler
    this.mode = mode
    this.processes = Array.from({ length: PROCESSES }, () => this.#start())
  }

  #start(): Process {
    const process: Process = {
      lifetime: new AbortController(),
      served: undefined,
      stopped: undefined,
      isDead: false,
      waiting: 0,
      fetchesOpen: 0,
      fetchStartedAt: 0,
      credential: undefined as unknown as CredentialCache,
    }
    process.credential = createCredentialCache(
      {
        ...accessTokenPolicy(SLOT, this.mode, LIMIT_MS, () => this.#fetch(process)),
        // Nothing may differ when a run is repeated.
        drawRefreshBeforeMs: () => 240_000,
      },
      {
        appId: 'wx',
        store: this.#storeOf(process),
        clock: this.clock,
        events: createTokenEvents(),
        reportStoreFailure: () => 'unknown',
        lifetime: process.lifetime.signal,
      },
    )
    return process
  }

  get(index: number): void {
    const process = this.#at(index)
    const asked = process.credential.get().then(
      value => {
        if (process.isDead) return
        process.served = value
        const remainingMs = (this.#alive.get(value) ?? Number.NEGATIVE_INFINITY) - this.clock.monotonicMs()
        // I1, where no one revoked it; a legacy token can be killed by a leader that died before it could tell.
        if (this.mode === 'stable' && this.#alive.has(value) && remainingMs < MARGIN_MS) {
          this.broken.push(`I1: served with ${remainingMs} ms left`)
        }
      },
      () => {},
    )
    process.waiting += 1
    void asked.finally(() => {
      process.waiting -= 1
    })
  }

  report(index: number): void {
    const { credential, served } = this.#at(index)
    if (served !== undefined) void credential.invalidate(served).catch(() => {})
  }

  advance(ms: number): void {
    // Who has waited for so long fetches for itself.
    if (ms > 4_000 && this.processes.some(({ waiting }) => waiting > 0)) this.mayOverlap = true
    this.clock.advance(ms)
    for (const leadsSince of this.#leaders.values()) {
      // Followers of one that takes so long fetch for themselves, and its lease ends.
      if (this.clock.monotonicMs() - leadsSince > 4_000) this.mayOverlap = true
    }
  }

  kill(index: number): void {
    const process = this.#at(index)
    process.isDead = true
    process.lifetime.abort()
    this.processes[index] = this.#start()
  }

  stop(index: number): void {
    this.#at(index).stopped ??= Promise.withResolvers()
    this.mayOverlap = true
  }

  moveOn(index: number): void {
    const process = this.#at(index)
    process.stopped?.resolve()
    process.stopped = undefined
  }

  setStoreAway(isAway: boolean): void {
    this.isStoreAway = isAway
    if (isAway) this.mayOverlap = true
  }

  flush(): void {
    this.clock.advance(1)
    this.#inner = createMemoryTokenStore({ clock: this.clock })
    this.#newestFencingToken = 0
    this.#stored = undefined
    this.#removedAt.clear()
    this.mayOverlap = true
  }

  revoke(): void {
    this.#alive.clear()
    this.#current = undefined
  }

  /** Everything mended, everyone has to come to an end. */
  async settle(): Promise<void> {
    this.isStoreAway = false
    this.isWechatDown = false
    this.processes.forEach((_, index) => {
      this.moveOn(index)
    })
    const somebodyWaits = () => this.processes.some(({ waiting }) => waiting > 0)
    for (let step = 0; step < 400 && somebodyWaits(); step++) {
      await this.scheduler.waitIdle()
      await new Promise(setImmediate)
      this.advance(100)
    }
    if (somebodyWaits()) this.broken.push('I5: somebody waits forever')
  }

  #at(index: number): Process {
    const process = this.processes[index]
    if (!process) throw new RangeError('no such process')
    return process
  }

  async #travel(process: Process, label: string): Promise<void> {
    await this.scheduler.schedule(Promise.resolve(), label)
    await process.stopped?.promise
    if (process.isDead) await new Promise<never>(() => {})
  }

  async #fetch(process: Process): Promise<Credential> {
    process.fetchesOpen += 1
    process.fetchStartedAt = this.clock.monotonicMs()
    // I2
    if (process.fetchesOpen > 1) this.broken.push('I2: one process calls twice at once')
    const calling = this.processes.filter(({ fetchesOpen }) => fetchesOpen > 0).length
    if (calling > 1 && !this.mayOverlap) this.broken.push('I2: two processes call at once')
    if (this.mode === 'legacy' && this.isStoreAway && !this.mayOverlap) {
      this.broken.push('legacy: called without the store')
    }
    try {
      await this.#travel(process, 'to WeChat')
      const answer = this.#ask()
      await this.#travel(process, 'from WeChat')
      if (!answer || this.clock.monotonicMs() - process.fetchStartedAt > LIMIT_MS) {
        throw new WechatUpstreamError('wechat_timeout', '/cgi-bin/token', 'scripted')
      }
      return answer
    } finally {
      process.fetchesOpen -= 1
    }
  }

  #ask(): Credential | undefined {
    if (this.isWechatDown) return undefined
    const now = this.clock.monotonicMs()
    const remainingMs = (this.#alive.get(this.#current ?? '') ?? now) - now
    if (this.#current === undefined || this.mode === 'legacy' || remainingMs <= OVERLAP_MS) {
      if (this.mode === 'legacy' && this.#current !== undefined) {
        this.#alive.set(this.#current, Math.min(now + remainingMs, now + OVERLAP_MS))
      }
      this.#issued += 1
      this.#current = `token-${this.#issued}`
      this.#alive.set(this.#current, now + LIFE_MS)
      return { value: this.#current, expiresInSeconds: LIFE_MS / 1000 }
    }
    return { value: this.#current, expiresInSeconds: remainingMs / 1000 }
  }

  #storeOf(process: Process): TokenStore {
    const run = async <Result>(
      label: string,
      ask: (inner: TokenStore) => Promise<Result>,
    ): Promise<Result> => {
      const askedAt = this.clock.monotonicMs()
      await this.#travel(process, `to the store: ${label}`)
      if (this.isStoreAway) throw new Error('away')
      const answer = await ask(this.#inner)
      await this.#travel(process, `from the store: ${label}`)
      // A real store gives up by then, and its process goes on alone.
      if (this.clock.monotonicMs() - askedAt > 300) this.mayOverlap = true
      return answer
    }
    return {
      isShared: true,
      acquire: (slot, request) =>
        run('acquire', async inner => {
          const answer = await inner.acquire(slot, request)
          if (answer.outcome === 'lead') this.#leaders.set(process, this.clock.monotonicMs())
          return answer
        }),
      fail: (slot, failure) =>
        run('fail', inner => {
          this.#leaders.delete(process)
          return inner.fail(slot, failure)
        }),
      release: (slot, owner) =>
        run('release', inner => {
          this.#leaders.delete(process)
          return inner.release(slot, owner)
        }),
      claim: (key, ttlMs) => run('claim', inner => inner.claim(key, ttlMs)),
      put: (key, value, ttlMs) => run('put', inner => inner.put(key, value, ttlMs)),
      get: key => run('get', inner => inner.get(key)),
      publish: (slot, publication) =>
        run('publish', async inner => {
          this.#leaders.delete(process)
          const published = await inner.publish(slot, publication)
          // I3, as long as the newer one is there.
          if (this.#storedExpiresAt <= this.clock.monotonicMs()) this.#newestFencingToken = 0
          if (published && publication.fencingToken < this.#newestFencingToken) {
            this.broken.push('I3: an older fencingToken replaced a newer one')
          }
          if (published) {
            this.#newestFencingToken = publication.fencingToken
            this.#stored = publication.value
            this.#storedExpiresAt = this.clock.monotonicMs() + publication.ttlMs
          }
          return published
        }),
      invalidate: (slot, value, cooldownMs) =>
        run('invalidate', async inner => {
          const outcome = await inner.invalidate(slot, value, cooldownMs)
          if (outcome !== 'removed') return outcome
          // I4
          const now = this.clock.monotonicMs()
          const removedAt = this.#removedAt.get(value) ?? Number.NEGATIVE_INFINITY
          if (this.#stored !== value) this.broken.push('I4: removed another value')
          if (now - removedAt < 10_000) this.broken.push('I4: removed one value twice within ten seconds')
          this.#removedAt.set(value, now)
          this.#newestFencingToken = 0
          return outcome
        }),
    }
  }
}

type Command = fc.AsyncCommand<object, World>

const command = (label: string, run: (world: World) => void | Promise<void>): Command => ({
  check: () => true,
  async run(_model, world) {
    await run(world)
    // What an answer sets off runs to its end before time moves on.
    await new Promise(setImmediate)
    expect(world.broken).toEqual([])
  },
  toString: () => label,
})

const which = fc.nat({ max: PROCESSES - 1 })
const commands = fc.commands(
  [
    which.map(index => command(`get(${index})`, world => world.get(index))),
    which.map(index => command(`get(${index})`, world => world.get(index))),
    fc.integer({ min: 1, max: 12 }).map(count =>
      command(`messages(${count})`, async world => {
        await world.scheduler.waitNext(Math.min(count, world.scheduler.count()))
      }),
    ),
    fc
      .constantFrom(100, 600, 3_000, 9_000, 16_000, 70_000, 6_000_000, LIFE_MS)
      .map(ms => command(`advance(${ms})`, world => world.advance(ms))),
    which.map(index => command(`report(${index})`, world => world.report(index))),
    which.map(index => command(`kill(${index})`, world => world.kill(index))),
    which.map(index => command(`stop(${index})`, world => world.stop(index))),
    which.map(index => command(`moveOn(${index})`, world => world.moveOn(index))),
    fc.boolean().map(isAway => command(`storeAway(${isAway})`, world => world.setStoreAway(isAway))),
    fc.boolean().map(isDown =>
      command(`wechatDown(${isDown})`, world => {
        world.isWechatDown = isDown
      }),
    ),
    fc.constant(command('revoke()', world => world.revoke())),
    fc.constant(command('flush()', world => world.flush())),
    fc.constant(command('allMessages()', world => world.scheduler.waitIdle())),
  ],
  { maxCommands: 60, size: 'max' },
)

describe.each(['stable', 'legacy'] as const)('the invariants of a %s token', mode => {
  it('hold whatever happens, in whatever order it arrives', { timeout: RUNS * 200 }, async () => {
    await fc.assert(
      fc.asyncProperty(fc.scheduler(), commands, async (scheduler, script) => {
        const world = new World(scheduler, mode)
        await fc.asyncModelRun(() => ({ model: {}, real: world }), script)
        await world.settle()
        expect(world.broken).toEqual([])
      }),
      { numRuns: RUNS, interruptAfterTimeLimit: RUNS * 180, markInterruptAsFailure: true },
    )
  })
})
