/**
 * Where token managers of one account meet: in one process (memory) or across many (Redis). A store knows nothing
 * of WeChat. It keeps one credential per slot, elects one leader to refresh it, lets none replace a newer value
 * by an older one, and remembers the outcome of logins. Its contract is executable: `test/tokens/stores/store-contract.ts`.
 *
 * All durations are milliseconds. A store compares no wall clocks of different machines.
 */
export interface TokenStore {
  /** Whether other processes see what is put here. */
  readonly isShared: boolean

  /**
   * Asks for the slot's credential and, where it is due, for the right to refresh it. One atomic step.
   */
  acquire(slot: string, request: AcquireRequest): Promise<Acquisition>

  /**
   * The leader's result. False, and nothing replaced, where a credential of a newer generation is there; then the
   * newer one's life is cut to `suspectMs` (if positive), since its source may have been made invalid by ours.
   * Ends the lease and the slot's failures.
   */
  publish(slot: string, publication: Publication): Promise<boolean>

  /**
   * The leader's failure: keeps the reason for `baseMs`, doubled for each failure in a row up to `capMs`, times
   * `jitter`; `acquire` answers it meanwhile. Ends the lease. Ignored where the lease is no longer the owner's.
   */
  fail(slot: string, failure: Failure): Promise<void>

  /** Gives the lease back without a result. Ignored where it is no longer the owner's. */
  release(slot: string, owner: string): Promise<void>

  /**
   * Removes the slot's credential, only if it is exactly this one.
   * `cooling`: the same credential was removed within `coolMs`, and has come back: it stays.
   */
  invalidate(slot: string, value: string, coolMs: number): Promise<'removed' | 'other' | 'cooling'>

  /** True for the first caller within `ttlMs`, false for all others. */
  claim(key: string, ttlMs: number): Promise<boolean>
  put(key: string, value: string, ttlMs: number): Promise<void>
  get(key: string): Promise<string | undefined>
}

export interface AcquireRequest {
  /** Random, new for each request. */
  owner: string
  leaseMs: number
  /** The credential is due when it has this much of its life left, or less. */
  dueMs: number
  /** The same as a share (0 to 1) of its life, for short lives; the smaller of the two holds. */
  dueShare: number
}

export type Acquisition =
  /** Not due. */
  | { outcome: 'fresh'; credential: StoredCredential }
  /** Due, and this caller is to refresh it, under this generation. */
  | { outcome: 'lead'; credential: StoredCredential | undefined; generation: number }
  /** Due, and another caller is refreshing it. */
  | { outcome: 'follow'; credential: StoredCredential | undefined }
  /** Due, and refreshing failed a moment ago. */
  | { outcome: 'failed'; credential: StoredCredential | undefined; reason: string; retryAfterMs: number }

export interface StoredCredential {
  value: string
  /** The life that is left. */
  leftMs: number
  /** The life with which it was published. */
  lifeMs: number
}

export interface Publication {
  owner: string
  generation: number
  value: string
  lifeMs: number
  /**
   * How long ago the lease was asked for. A message can lie in a frozen Redis for minutes: by how much more time
   * than this has passed since the lease, by so much the life has become shorter.
   */
  heldMs: number
  suspectMs: number
}

export interface Failure {
  owner: string
  reason: string
  baseMs: number
  capMs: number
  /** 0.75 to 1.25 */
  jitter: number
}
