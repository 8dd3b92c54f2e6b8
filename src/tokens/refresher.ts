import { unavailableError } from '../errors/create-error.js'
import { WechatApiError, WechatError, type WechatUnavailableError } from '../errors/errors.js'
import type { Clock } from '../util/clock.js'
import { createDeadlineSignal } from '../util/deadline.js'
import { timeoutError } from '../wechat-api/client.js'
import type { Credential } from '../wechat-api/credentials.js'
import { protocolError } from '../wechat-api/response.js'
import type { CredentialPolicy } from './credential-policy.js'
import type { CredentialState } from './credential-state.js'
import { failureToReason, isFailureAt, maxBackoffMs } from './failure-codec.js'
import { SUPERSEDED_TTL_MS } from './serve-policy.js'
import { type CredentialStore, ignoreStoreFailure } from './store-fallback.js'
import type { TokenEventHub } from './token-events.js'

/** The right to refresh a credential, which the store grants to one process at a time. */
export interface Lease {
  owner: string
  fencingToken: number
  /** When the lease was requested, on the monotonic clock. */
  requestedAt: number
}

/** Fetches a credential from WeChat for the holder of a lease. The caller starts one refresh at a time. */
export interface Refresher {
  /**
   * Starts a refresh. Its failure is recorded in the store and reported by an event, even if no caller waits for the
   * promise. If the cause is elsewhere, such as the token that a ticket needs, the lease is only released.
   */
  start(store: CredentialStore, lease: Lease): Promise<void>
  /** Returns the promise of the refresh that is in flight; undefined if there is none. */
  inFlight(): Promise<void> | undefined
  /** Publishes the credential that was fetched while the store was down, if it is still the cached one. */
  publishPending(store: CredentialStore): Promise<void>
}

export interface RefresherOptions {
  policy: CredentialPolicy
  state: CredentialState
  appId: string
  clock: Clock
  events: TokenEventHub
  /** A signal that aborts when the token manager closes. */
  lifetime: AbortSignal
}

interface FetchedCredential extends Credential {
  fetchedAt: number
  ttlMs: number
}

/** A credential that was fetched while the store was down. It is published when the store has recovered. */
interface Unpublished {
  lease: Lease
  value: string
  expiresAt: number
}

const FIRST_BACKOFF_MS = 500

export function createRefresher({
  policy,
  state,
  appId,
  clock,
  events,
  lifetime,
}: RefresherOptions): Refresher {
  let inFlight: Promise<void> | undefined
  let unpublished: Unpublished | undefined
  const about = { appId, credential: policy.name }

  async function refresh(store: CredentialStore, lease: Lease): Promise<void> {
    const startedAt = clock.monotonicMs()
    let fetched: FetchedCredential
    try {
      fetched = await fetchCredential(startedAt)
    } catch (error) {
      await recordFailure(store, lease.owner, error, clock.monotonicMs() - startedAt)
      throw lifetime.aborted ? closedError() : error
    }
    const { value, ttlMs, fetchedAt, expiresInSeconds } = fetched
    const expiresAt = fetchedAt + ttlMs
    const isPublished = await publish(store, lease, value, ttlMs).catch(ignoreStoreFailure)
    state.redrawRefreshBefore()
    if (isPublished === false) return onFenced()
    unpublished = isPublished === undefined ? { lease, value, expiresAt } : undefined
    state.replace({ value, ttlMs, expiresAt, checkedAt: clock.monotonicMs(), verifiedAt: fetchedAt })
    events.emit('refresh', { ...about, durationMs: Math.round(fetchedAt - startedAt), expiresInSeconds })
  }

  async function fetchCredential(startedAt: number): Promise<FetchedCredential> {
    const limit = createDeadlineSignal(policy.fetchTimeoutMs)
    try {
      const credential = await policy.fetch(AbortSignal.any([lifetime, limit]))
      const fetchedAt = clock.monotonicMs()
      // The TTL is counted from the sending of the request, so the duration of the call is subtracted from it.
      const ttlMs = Math.floor(credential.expiresInSeconds * 1000 - (fetchedAt - startedAt))
      if (ttlMs < 1) throw protocolError(policy.endpoint, 'the credential had expired when it arrived')
      return { ...credential, fetchedAt, ttlMs }
    } catch (error) {
      const isTimeout = limit.aborted && !(error instanceof WechatError)
      throw isTimeout ? timeoutError(policy.endpoint, 'nothing within the time limit') : error
    }
  }

  function publish(store: CredentialStore, lease: Lease, value: string, ttlMs: number): Promise<boolean> {
    const { owner, fencingToken, requestedAt } = lease
    const leaseAgeMs = Math.ceil(clock.monotonicMs() - requestedAt)
    const supersededTtlMs = policy.isExclusive ? SUPERSEDED_TTL_MS : 0
    return store.publish(policy.slot, { owner, fencingToken, value, ttlMs, leaseAgeMs, supersededTtlMs })
  }

  /** Drops the cached credential, because the store holds a newer one, which has to be read before any is served. */
  function onFenced(): void {
    state.drop()
    events.emit('fenced', about)
  }

  async function recordFailure(
    store: CredentialStore,
    owner: string,
    error: unknown,
    durationMs: number,
  ): Promise<void> {
    // If the ticket could not be fetched because the token could not, only the token's backoff applies, so the lease on
    // the ticket is released without a record.
    if (lifetime.aborted || !isFailureAt(policy.endpoint, error)) {
      await store.release(policy.slot, owner).catch(ignoreStoreFailure)
      return
    }
    const failure = {
      owner,
      reason: failureToReason(error),
      baseMs: FIRST_BACKOFF_MS,
      capMs: maxBackoffMs(error),
      jitter: 0.75 + Math.random() * 0.5,
    }
    await store.fail(policy.slot, failure).catch(ignoreStoreFailure)
    events.emit('refresh-failed', {
      ...about,
      durationMs: Math.round(durationMs),
      code: error instanceof WechatError ? error.code : 'unexpected',
      ...(error instanceof WechatApiError && { errcode: error.errcode }),
      message: error instanceof WechatError ? error.message : 'unexpected error',
    })
  }

  return {
    start(store, lease) {
      const started = refresh(store, lease).finally(() => {
        if (inFlight === started) inFlight = undefined
      })
      started.catch(() => {})
      inFlight = started
      return started
    },
    inFlight: () => inFlight,
    async publishPending(store) {
      if (!unpublished) return
      const { lease, value, expiresAt } = unpublished
      const ttlMs = Math.floor(expiresAt - clock.monotonicMs())
      const isCurrent = state.current()?.value === value
      if (ttlMs >= 1 && isCurrent && !(await publish(store, lease, value, ttlMs))) onFenced()
      unpublished = undefined
    },
  }
}

export function closedError(): WechatUnavailableError {
  return unavailableError('closed')
}
