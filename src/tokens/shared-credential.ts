import { randomBytes } from 'node:crypto'
import { WechatApiError, WechatError, WechatUnavailableError } from '../errors/errors.js'
import type { Clock } from '../util/clock.js'
import { raceAbort } from '../util/race-abort.js'
import { timeoutError } from '../wechat-api/client.js'
import type { Credential } from '../wechat-api/credentials.js'
import { protocolError } from '../wechat-api/response.js'
import { createLocalCopy, SUSPECT_MS } from './credential-cache.js'
import { type CredentialPolicy, leaseMsFor } from './credential-policy.js'
import { failureToReason, isFailureAt, longestPauseMs, reasonToFailure } from './failure-codec.js'
import { memoryTokenStore } from './stores/memory-token-store.js'
import type { TokenStore } from './stores/token-store.js'
import type { TokenEventHub } from './token-events.js'

export interface SharedCredentialContext {
  appId: string
  store: TokenStore
  clock: Clock
  events: TokenEventHub
  /** Aborted when the manager closes. */
  lifetime: AbortSignal
}

export interface SharedCredential {
  get(signal?: AbortSignal): Promise<string>
  /** For who keeps it elsewhere: with the life that is left. */
  lend(): Promise<LentCredential>
  invalidate(value: string): Promise<void>
  /** Resolves when no refresh is under way any more. */
  settled(): Promise<void>
}

export interface LentCredential {
  value: string
  leftSeconds: number
}

/** What WeChat gave while the store was away: told to it as soon as it is back. */
interface BelatedPublication extends Lease {
  value: string
  diesAt: number
}

interface Lease {
  owner: string
  generation: number
  askedAt: number
}

const RECHECK_MS = 5_000
/** A copy checked within this time is served while the store is asked again; an older one waits for the answer. */
const TRUSTED_MS = 60_000
const FOLLOW_MS = 5_000
const COOL_MS = 10_000
/** While a refresh is due but not ours to do, the store is asked no more often than this. */
const ASK_AGAIN_MS = 250
const FIRST_PAUSE_MS = 500
/** A pause of at most this is waited out by who comes during it: one hiccup stays one hiccup. */
const WAITED_PAUSE_MS = 1_000

/**
 * One credential of one account, shared by all callers of this process and, through the store, by all processes:
 * one flight, one leader, refreshed ahead in the background, the old one served meanwhile.
 */
export function createSharedCredential(
  policy: CredentialPolicy,
  { appId, store, clock, events, lifetime }: SharedCredentialContext,
): SharedCredential {
  const leaseMs = leaseMsFor(policy.limitMs)
  const local = createLocalCopy(policy)
  /** What this process goes by while the shared store is away: the same rules, alone. New for each outage. */
  let ownStore = memoryTokenStore({ clock })
  let isAlone = false
  let flight: Promise<string> | undefined
  let refreshing: Promise<void> | undefined
  let belated: BelatedPublication | undefined
  let dueMs = policy.drawDueMs()
  let askAgainAt = Number.NEGATIVE_INFINITY

  async function get(signal?: AbortSignal): Promise<string> {
    signal?.throwIfAborted()
    const now = clock.monotonicMs()
    const confirmed = local.confirmed(now)
    if (confirmed && now - confirmed.checkedAt < TRUSTED_MS) {
      const isToBeChecked =
        now - confirmed.checkedAt >= RECHECK_MS || (local.isDue(confirmed, now, dueMs) && now >= askAgainAt)
      // Whoever asked for this credential has it; how the check ends is told by events.
      if (isToBeChecked && !refreshing) takeOff().catch(() => {})
      return confirmed.value
    }
    if (!confirmed && now < askAgainAt) {
      const usable = local.usable(now)
      if (usable) return usable.value
    }
    return signal ? raceAbort(takeOff(), signal) : takeOff()
  }

  function takeOff(): Promise<string> {
    flight ??= fly().finally(() => {
      flight = undefined
    })
    return flight
  }

  async function lend(): Promise<LentCredential> {
    const value = await get()
    // Replaced in this very moment, it is not to be kept.
    const copy = local.current()
    const leftMs = copy?.value === value ? copy.diesAt - clock.monotonicMs() : 0
    return { value, leftSeconds: leftMs / 1000 }
  }

  async function fly(): Promise<string> {
    try {
      return await obtainFrom(store)
    } catch (error) {
      if (!(error instanceof StoreFailure)) throw error
    }
    const now = clock.monotonicMs()
    const confirmed = local.confirmed(now)
    if (confirmed) {
      confirmed.checkedAt = now
      askAgainAt = now + ASK_AGAIN_MS
      if (policy.isExclusive || !local.isDue(confirmed, now, dueMs)) return confirmed.value
    }
    if (policy.isExclusive) throw new WechatUnavailableError(STORE_AWAY, 'token_store_unavailable')
    isAlone = true
    return obtainFrom(ownStore)
  }

  async function obtainFrom(source: TokenStore): Promise<string> {
    let waitingSince = clock.monotonicMs()
    for (;;) {
      if (lifetime.aborted) throw closedError()
      // One call at a time per process, also where the copy was dropped while a refresh was under way.
      if (refreshing && !local.confirmed(clock.monotonicMs())) {
        try {
          await refreshing
        } catch (error) {
          return serveStale() ?? raise(error)
        }
      }
      if (source === store) await publishBelated()

      const owner = randomBytes(12).toString('hex')
      const askedAt = clock.monotonicMs()
      const answer = await guarded(() =>
        source.acquire(policy.slot, { owner, leaseMs, dueMs, dueShare: policy.dueShare }),
      )
      if (source === store && isAlone) endSolitude()
      if (answer.credential) local.adopt(answer.credential, askedAt)

      const isTooLate = clock.monotonicMs() - askedAt > leaseMs - policy.limitMs
      if (answer.outcome === 'lead' && (isTooLate || refreshing)) {
        // The lease could end before WeChat's answer comes; or Redis was emptied while we are calling already.
        await guarded(() => source.release(policy.slot, owner))
      } else if (answer.outcome === 'lead') {
        const refreshed = startRefresh(source, { owner, generation: answer.generation, askedAt })
        const confirmed = local.confirmed(clock.monotonicMs())
        if (confirmed) return confirmed.value
        try {
          await refreshed
        } catch (error) {
          return serveStale() ?? raise(error)
        }
        if (!local.current()) {
          // Ours came too late: a newer one is in the store.
          waitingSince = clock.monotonicMs()
          continue
        }
      }

      const now = clock.monotonicMs()
      const confirmed = local.confirmed(now)
      if (confirmed) {
        if (answer.outcome !== 'fresh') askAgainAt = now + ASK_AGAIN_MS
        return confirmed.value
      }
      if (answer.outcome === 'failed') {
        const stale = serveStale()
        if (stale !== undefined) return stale
        if (answer.retryAfterMs > WAITED_PAUSE_MS) throw reasonToFailure(answer.reason, answer.retryAfterMs)
      }
      if (now - waitingSince > FOLLOW_MS) return serveStale() ?? (await leaveTheQueue(source))
      await sleep(answer.outcome === 'failed' ? answer.retryAfterMs : 50 + Math.random() * 100)
    }
  }

  /** Whoever leads has been silent for long. Where fetching harms nobody, this process fetches for itself. */
  async function leaveTheQueue(source: TokenStore): Promise<string> {
    if (policy.isExclusive || source === ownStore) {
      throw new WechatUnavailableError(`no ${policy.name} in time`, 'token_wait_timeout')
    }
    isAlone = true
    return obtainFrom(ownStore)
  }

  /** The shared store answers again: what this process fetched for itself meanwhile may be outdated by the next outage. */
  function endSolitude(): void {
    isAlone = false
    ownStore = memoryTokenStore({ clock })
  }

  function startRefresh(source: TokenStore, lease: Lease): Promise<void> {
    const started = refresh(source, lease).finally(() => {
      if (refreshing === started) refreshing = undefined
    })
    refreshing = started
    // It may end when nobody waits for it; its failure is told by an event.
    started.catch(() => {})
    return started
  }

  async function refresh(source: TokenStore, lease: Lease): Promise<void> {
    const startedAt = clock.monotonicMs()
    const limit = AbortSignal.timeout(policy.limitMs)
    let fetched: Credential
    let lifeMs: number
    try {
      fetched = await policy.fetch(AbortSignal.any([lifetime, limit]))
      // Its life began when WeChat was asked, not when the answer came.
      lifeMs = Math.floor(fetched.expiresInSeconds * 1000 - (clock.monotonicMs() - startedAt))
      if (lifeMs < 1) throw protocolError(policy.endpoint, 'what it gave was dead on arrival')
    } catch (cause) {
      const isTooLate = limit.aborted && !(cause instanceof WechatError)
      const error = isTooLate ? timeoutError(policy.endpoint, 'nothing within the time limit') : cause
      await giveUp(source, lease.owner, error, clock.monotonicMs() - startedAt)
      throw lifetime.aborted ? closedError() : error
    }
    const fetchedAt = clock.monotonicMs()
    const { value } = fetched
    const diesAt = fetchedAt + lifeMs
    const published = await publish(source, lease, value, lifeMs).catch(ignoreStoreFailure)
    dueMs = policy.drawDueMs()
    if (published === false) {
      fence()
      return
    }
    belated = published === undefined ? { ...lease, value, diesAt } : undefined
    local.replace({ value, lifeMs, diesAt, checkedAt: clock.monotonicMs(), vouchedAt: fetchedAt })
    events.emit('refresh', {
      appId,
      credential: policy.name,
      durationMs: Math.round(fetchedAt - startedAt),
      expiresInSeconds: fetched.expiresInSeconds,
    })
  }

  async function publishBelated(): Promise<void> {
    if (!belated) return
    const { diesAt, value } = belated
    const lifeMs = Math.floor(diesAt - clock.monotonicMs())
    const isHeld = local.current()?.value === value
    if (lifeMs >= 1 && isHeld && !(await publish(store, belated, value, lifeMs))) fence()
    belated = undefined
  }

  function publish(
    source: TokenStore,
    { owner, generation, askedAt }: Lease,
    value: string,
    lifeMs: number,
  ): Promise<boolean> {
    const heldMs = Math.ceil(clock.monotonicMs() - askedAt)
    return guarded(() =>
      source.publish(policy.slot, { owner, generation, value, lifeMs, heldMs, suspectMs: suspectMs() }),
    )
  }

  /** A newer one than ours is in the store: read it before anything is served. */
  function fence(): void {
    local.drop()
    events.emit('fenced', { appId, credential: policy.name })
  }

  function suspectMs(): number {
    return policy.isExclusive ? SUSPECT_MS : 0
  }

  async function giveUp(
    source: TokenStore,
    owner: string,
    error: unknown,
    durationMs: number,
  ): Promise<void> {
    // What another credential failed at is remembered there, and pauses there.
    if (lifetime.aborted || !isFailureAt(policy.endpoint, error)) {
      await guarded(() => source.release(policy.slot, owner)).catch(ignoreStoreFailure)
      return
    }
    const failure = {
      owner,
      reason: failureToReason(error),
      baseMs: FIRST_PAUSE_MS,
      capMs: longestPauseMs(error),
      jitter: 0.75 + Math.random() * 0.5,
    }
    await guarded(() => source.fail(policy.slot, failure)).catch(ignoreStoreFailure)
    events.emit('refresh-failed', {
      appId,
      credential: policy.name,
      durationMs: Math.round(durationMs),
      code: error instanceof WechatError ? error.code : 'unexpected',
      ...(error instanceof WechatApiError && { errcode: error.errcode }),
      message: error instanceof WechatError ? error.message : 'unexpected error',
    })
  }

  async function invalidate(value: string): Promise<void> {
    const outcome = await guarded(() => store.invalidate(policy.slot, value, COOL_MS)).catch(error => {
      ignoreStoreFailure(error)
      return undefined
    })
    const ownOutcome = await ownStore.invalidate(policy.slot, value, COOL_MS)
    // Where the store is away, this process alone keeps count of how often one value may be reported.
    if (outcome === 'cooling' || (outcome === undefined && ownOutcome === 'cooling')) return
    if (local.current()?.value === value) local.drop()
    if (outcome === 'removed' || ownOutcome === 'removed') {
      events.emit('invalidated', { appId, credential: policy.name })
    }
  }

  /** A usable copy that WeChat has not confirmed for long, where the alternative is none. */
  function serveStale(): string | undefined {
    const now = clock.monotonicMs()
    const usable = local.usable(now)
    if (!usable) return undefined
    askAgainAt = now + ASK_AGAIN_MS
    events.emit('stale-served', {
      appId,
      credential: policy.name,
      leftSeconds: Math.round((usable.diesAt - now) / 1000),
    })
    return usable.value
  }

  async function sleep(ms: number): Promise<void> {
    await clock.sleep(ms, lifetime).catch(() => {})
  }

  async function guarded<Result>(ask: () => Promise<Result>): Promise<Result> {
    try {
      return await ask()
    } catch {
      events.emit('store-unavailable', { appId, credential: policy.name })
      // What a store's client throws may hold its address or what it was sent.
      throw new StoreFailure()
    }
  }

  return {
    get,
    lend,
    invalidate,
    async settled() {
      await refreshing?.catch(() => {})
    },
  }
}

const STORE_AWAY = 'the token store is away, and in legacy mode only it may say whose turn it is to refresh'

class StoreFailure extends Error {}

function closedError(): WechatUnavailableError {
  return new WechatUnavailableError('the token manager is closed', 'closed')
}

function ignoreStoreFailure(error: unknown): undefined {
  if (!(error instanceof StoreFailure)) throw error
  return undefined
}

function raise(error: unknown): never {
  throw error
}
