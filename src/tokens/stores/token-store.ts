/**
 * Stores what token managers of one account share: in the memory of one process, or in Redis for many. It keeps one
 * credential per slot, elects one leader to refresh it, never replaces a newer one by an older one, and remembers the
 * outcomes of logins.
 *
 * The contract is executable: `testTokenStore()` of `express-wechat/testing` tests a store of your own.
 *
 * All durations are milliseconds. A store compares no wall clocks of different machines.
 */
export interface TokenStore {
  /** Whether other processes see what this one stores. */
  readonly isShared: boolean

  /** Reads the slot's credential and, if a refresh is due, tries to get the lease for it, in one atomic step. */
  acquire(slot: string, request: TokenStoreAcquireRequest): Promise<TokenStoreAcquisition>

  /**
   * Stores the credential that the leader fetched, ends its lease and forgets the slot's failures.
   *
   * Returns false and stores nothing if the slot has a credential with a higher fencing token. The remaining TTL of
   * that one is then cut to `supersededTtlMs` (if positive), since the fetch may have invalidated it.
   */
  publish(slot: string, publication: TokenStorePublication): Promise<boolean>

  /**
   * Records that the leader failed, and ends its lease. During the backoff `acquire` answers with the reason: for
   * `baseMs`, doubled for each failure in a row up to `capMs`, times `jitter`. Does nothing if the owner has no lease.
   */
  fail(slot: string, failure: TokenStoreFailure): Promise<void>

  /** Ends the lease without a result. Does nothing if the owner has no lease. */
  release(slot: string, owner: string): Promise<void>

  /**
   * Removes the slot's credential if it has this value, else resolves with `other`. A value that was removed less than
   * `cooldownMs` ago and published again stays: `in-cooldown`.
   */
  invalidate(slot: string, value: string, cooldownMs: number): Promise<TokenStoreInvalidation>

  /** Resolves with true for the first caller within `ttlMs`, with false for all others. */
  claim(key: string, ttlMs: number): Promise<boolean>
  /** Stores a value for `ttlMs`, and replaces the key's previous value. */
  put(key: string, value: string, ttlMs: number): Promise<void>
  /** Resolves with the value that `put` stored; undefined if there is none, or it has expired. */
  get(key: string): Promise<string | undefined>
}

/** What `acquire` gets: the lease that the caller asks for, and when a refresh is due. */
export interface TokenStoreAcquireRequest {
  /** The caller's name for the lease: random, and new for each request. */
  owner: string
  /** How long the lease lasts if it is not ended earlier. */
  leaseMs: number
  /** A refresh is due if the credential's remaining TTL is at most this. */
  refreshBeforeMs: number
  /** For short TTLs, `refreshBeforeMs` as a share (0 to 1) of the TTL. The smaller limit applies. */
  refreshBeforeRatio: number
}

/** The credential, and whether the caller has to refresh it. */
export type TokenStoreAcquisition =
  /** No refresh is due. */
  | { outcome: 'fresh'; credential: TokenStoreCredential }
  /** A refresh is due, and this caller has the lease for it. */
  | { outcome: 'lead'; credential: TokenStoreCredential | undefined; fencingToken: number }
  /** A refresh is due, and another caller has the lease. */
  | { outcome: 'follow'; credential: TokenStoreCredential | undefined }
  /** A refresh is due, and the backoff of the last one, which failed, has not ended. */
  | {
      outcome: 'failed'
      credential: TokenStoreCredential | undefined
      reason: string
      retryAfterMs: number
    }

/** What `invalidate` did with a credential that WeChat refused. */
export type TokenStoreInvalidation = 'removed' | 'other' | 'in-cooldown'

/** A credential in a {@link TokenStore}. */
export interface TokenStoreCredential {
  value: string
  /** The credential's remaining TTL. */
  remainingMs: number
  /** The TTL with which the credential was published. */
  ttlMs: number
}

/** What `publish` gets: the credential that the leader fetched, and the leader's lease. */
export interface TokenStorePublication {
  /** The `owner` of the request that got the lease. */
  owner: string
  /** The fencing token that came with the lease. Each lease has a greater one than the lease before it. */
  fencingToken: number
  value: string
  ttlMs: number
  /**
   * The time between requesting the lease and sending this call. If the store granted the lease longer ago than
   * that, the call was delayed, in a frozen Redis for example, and the store shortens the TTL by the delay.
   */
  leaseAgeMs: number
  /** If positive, `publish` cuts the remaining TTL of a newer credential to this. */
  supersededTtlMs: number
}

/** What `fail` gets: why the leader failed, and how long all callers wait before the next attempt. */
export interface TokenStoreFailure {
  /** The `owner` of the request that got the lease. */
  owner: string
  /** The reason that `acquire` answers with until the backoff is over. */
  reason: string
  /** The backoff after the first failure. */
  baseMs: number
  /** The longest backoff, before `jitter`. */
  capMs: number
  /** A random factor of the backoff, from 0.75 to 1.25, so that processes don't retry together. */
  jitter: number
}
