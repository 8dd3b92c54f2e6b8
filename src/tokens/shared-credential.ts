import { randomBytes } from 'node:crypto'
import type { Clock } from '../clock.js'
import { WechatApiError, WechatError, WechatUnavailableError } from '../errors.js'
import type { Credential } from '../wechat-api/credentials.js'
import { memoryTokenStore } from './memory-token-store.js'
import { failureToReason, longestPauseMs, reasonToFailure } from './remembered-failure.js'
import type { CredentialName, TokenEventHub } from './token-events.js'
import type { StoredCredential, TokenStore } from './token-store.js'

export interface CredentialPolicy {
  name: CredentialName
  /** The store's name for it: environment, account, kind and mode, never a secret. */
  slot: string
  /** It is refreshed ahead when this much life is left; drawn anew for each life, so that processes spread out. */
  drawDueMs(): number
  /** The same as a share of its life, for short lives. */
  dueShare: number
  /** With this share of its life left, or less, it is served only where no better one can be had. */
  unconfirmedShare: number
  /** Never served with this much life left, or less; a tenth of a short life. */
  marginMs: number
  /** Fetching makes the credential before it invalid: then only the shared store may say whose turn it is. */
  isExclusive: boolean
  fetch(signal: AbortSignal): Promise<Credential>
}

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

interface LocalCopy {
  value: string
  lifeMs: number
  diesAt: number
  checkedAt: number
}

/** Longer than the longest call to WeChat, so that a living leader never loses its lease. */
const LEASE_MS = 15_000
const RECHECK_MS = 5_000
const FOLLOW_MS = 5_000
const COOL_MS = 10_000
const UNCHANGED_GUARD_MS = 30_000
/** While a refresh is due but not ours to do, the store is asked no more often than this. */
const ASK_AGAIN_MS = 250
const FIRST_PAUSE_MS = 500
/** A pause of at most this is waited out by who comes during it: one hiccup stays one hiccup. */
const WAITED_PAUSE_MS = 1_000
/** WeChat cuts the life of a replaced legacy token to five minutes; one of them is ours to notice. */
const SUSPECT_MS = 240_000

/**
 * One credential of one account, shared by all callers of this process and, through the store, by all processes:
 * one flight, one leader, refreshed ahead in the background, the old one served meanwhile.
 */
export function createSharedCredential(
  policy: CredentialPolicy,
  { appId, store, clock, events, lifetime }: SharedCredentialContext,
): SharedCredential {
  /** What this process goes by while the shared store is away: the same rules, alone. */
  const ownStore = memoryTokenStore({ clock })
  const refreshes = new Set<Promise<void>>()
  let local: LocalCopy | undefined
  let flight: Promise<string> | undefined
  let dueMs = policy.drawDueMs()
  let unchangedUntil = Number.NEGATIVE_INFINITY
  let askAgainAt = Number.NEGATIVE_INFINITY

  async function get(signal?: AbortSignal): Promise<string> {
    signal?.throwIfAborted()
    const now = clock.monotonicMs()
    const confirmed = confirmedCopy(now)
    if (confirmed && (flight || refreshes.size > 0)) return confirmed.value
    if (confirmed && now - confirmed.checkedAt < RECHECK_MS) {
      if (!isDue(confirmed, now) || now < askAgainAt) return confirmed.value
    }
    flight ??= fly().finally(() => {
      flight = undefined
    })
    return signal ? abortable(flight, signal) : flight
  }

  async function lend(): Promise<LentCredential> {
    const value = await get()
    // Replaced in this very moment, it is not to be kept.
    const leftMs = local?.value === value ? local.diesAt - clock.monotonicMs() : 0
    return { value, leftSeconds: leftMs / 1000 }
  }

  async function fly(): Promise<string> {
    try {
      return await obtainFrom(store)
    } catch (error) {
      if (!(error instanceof StoreFailure)) throw error
      const usable = usableCopy(clock.monotonicMs())
      if (usable) {
        usable.checkedAt = clock.monotonicMs()
        askAgainAt = usable.checkedAt + ASK_AGAIN_MS
        if (policy.isExclusive || confirmedCopy(clock.monotonicMs())) return usable.value
      }
      if (policy.isExclusive) throw new WechatUnavailableError(STORE_AWAY, 'token_store_unavailable')
      return await obtainFrom(ownStore)
    }
  }

  async function obtainFrom(source: TokenStore): Promise<string> {
    const startedAt = clock.monotonicMs()
    for (;;) {
      if (lifetime.aborted) throw closedError()
      const owner = randomBytes(12).toString('hex')
      const askedAt = clock.monotonicMs()
      const { outcome, credential, ...answer } = await guarded(() =>
        source.acquire(policy.slot, {
          owner,
          leaseMs: LEASE_MS,
          dueMs: askedAt < unchangedUntil ? policy.marginMs : dueMs,
          dueShare: policy.dueShare,
        }),
      )
      if (credential) adopt(credential, askedAt)

      if ('generation' in answer) {
        const refreshed = track(refresh(source, owner, answer.generation, credential?.value))
        const confirmed = confirmedCopy(clock.monotonicMs())
        if (confirmed) return confirmed.value
        try {
          await refreshed
        } catch (error) {
          return serveStale() ?? raise(error)
        }
      }

      const now = clock.monotonicMs()
      const confirmed = confirmedCopy(now)
      if (confirmed) {
        if (outcome !== 'fresh') askAgainAt = now + ASK_AGAIN_MS
        return confirmed.value
      }
      if ('reason' in answer) {
        const stale = serveStale()
        if (stale !== undefined) return stale
        if (answer.retryAfterMs > WAITED_PAUSE_MS) throw reasonToFailure(answer.reason, answer.retryAfterMs)
        await sleep(answer.retryAfterMs)
      } else if (outcome === 'follow') {
        await sleep(50 + Math.random() * 100)
      }
      if (clock.monotonicMs() - startedAt > FOLLOW_MS) {
        return serveStale() ?? (await leaveTheQueue(source))
      }
    }
  }

  /** Whoever leads has been silent for long. Where fetching harms nobody, this process fetches for itself. */
  async function leaveTheQueue(source: TokenStore): Promise<string> {
    if (policy.isExclusive || source === ownStore) {
      throw new WechatUnavailableError(`no ${policy.name} in time`, 'token_wait_timeout')
    }
    return obtainFrom(ownStore)
  }

  async function refresh(
    source: TokenStore,
    owner: string,
    generation: number,
    before: string | undefined,
  ): Promise<void> {
    const startedAt = clock.monotonicMs()
    let fetched: Credential
    try {
      fetched = await policy.fetch(lifetime)
    } catch (error) {
      await giveUp(source, owner, error, clock.monotonicMs() - startedAt)
      throw lifetime.aborted ? closedError() : error
    }
    // Its life began when WeChat was asked, not when the answer came.
    const durationMs = clock.monotonicMs() - startedAt
    const lifeMs = Math.max(1, Math.floor(fetched.expiresInSeconds * 1000 - durationMs))
    const published = await guarded(() =>
      source.publish(policy.slot, {
        owner,
        generation,
        value: fetched.value,
        lifeMs,
        suspectMs: policy.isExclusive ? SUSPECT_MS : 0,
      }),
    ).catch(ignoreStoreFailure)
    dueMs = policy.drawDueMs()
    if (published === false) {
      local = undefined
      events.emit('fenced', { appId, credential: policy.name })
      return
    }
    const now = clock.monotonicMs()
    if (fetched.value === before) unchangedUntil = now + UNCHANGED_GUARD_MS
    local = { value: fetched.value, lifeMs, diesAt: startedAt + durationMs + lifeMs, checkedAt: now }
    events.emit('refresh', {
      appId,
      credential: policy.name,
      durationMs: Math.round(durationMs),
      expiresInSeconds: fetched.expiresInSeconds,
    })
  }

  async function giveUp(
    source: TokenStore,
    owner: string,
    error: unknown,
    durationMs: number,
  ): Promise<void> {
    if (lifetime.aborted) {
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
    if (local?.value === value) local = undefined
    if (outcome === 'removed' || ownOutcome === 'removed') {
      events.emit('invalidated', { appId, credential: policy.name })
    }
  }

  /** A usable copy that WeChat has not confirmed for long, where the alternative is none. */
  function serveStale(): string | undefined {
    const now = clock.monotonicMs()
    const usable = usableCopy(now)
    if (!usable) return undefined
    events.emit('stale-served', {
      appId,
      credential: policy.name,
      leftSeconds: Math.round((usable.diesAt - now) / 1000),
    })
    return usable.value
  }

  function adopt(credential: StoredCredential, askedAt: number): void {
    // Counted from before the question, so that the way back takes nothing off the margin.
    local = {
      value: credential.value,
      lifeMs: credential.lifeMs,
      diesAt: askedAt + credential.leftMs,
      checkedAt: askedAt,
    }
  }

  function usableCopy(now: number): LocalCopy | undefined {
    return local && local.diesAt - now > Math.min(policy.marginMs, local.lifeMs / 10) ? local : undefined
  }

  function confirmedCopy(now: number): LocalCopy | undefined {
    const usable = usableCopy(now)
    return usable && usable.diesAt - now > usable.lifeMs * policy.unconfirmedShare ? usable : undefined
  }

  function isDue(copy: LocalCopy, now: number): boolean {
    return now >= unchangedUntil && copy.diesAt - now <= Math.min(dueMs, copy.lifeMs * policy.dueShare)
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

  function track(refreshing: Promise<void>): Promise<void> {
    const tracked = refreshing.finally(() => refreshes.delete(settledQuietly))
    const settledQuietly = tracked.catch(() => {})
    refreshes.add(settledQuietly)
    return tracked
  }

  return {
    get,
    lend,
    invalidate,
    async settled() {
      await Promise.all(refreshes)
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

async function abortable<Result>(promise: Promise<Result>, signal: AbortSignal): Promise<Result> {
  const { promise: aborted, reject } = Promise.withResolvers<never>()
  const onAbort = () => reject(signal.reason)
  signal.addEventListener('abort', onAbort, { once: true })
  try {
    return await Promise.race([promise, aborted])
  } finally {
    signal.removeEventListener('abort', onAbort)
  }
}
