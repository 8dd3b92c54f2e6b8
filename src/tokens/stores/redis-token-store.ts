import { createHash } from 'node:crypto'
import { z } from 'zod'
import { WechatConfigError } from '../../errors/errors.js'
import { createCircuitBreaker } from '../../util/circuit-breaker.js'
import { type Clock, isClock, systemClock } from '../../util/clock.js'
import { parseOptions } from '../../util/parse-options.js'
import { ACQUIRE, FAIL, INVALIDATE, PUBLISH, RELEASE, type RedisScript } from './redis-scripts.js'
import { type RedisTokenClient, withKeyPrefix } from './redis-token-client.js'
import { warnAboutHangingRedisSettings } from './resilient-redis-options.js'
import {
  StoreUnavailableError,
  scriptFailureReason,
  storeFailureReason,
  type TokenStoreUnavailableReason,
} from './store-failure.js'
import type {
  TokenStore,
  TokenStoreAcquireRequest,
  TokenStoreAcquisition,
  TokenStoreCredential,
  TokenStoreFailure,
  TokenStoreInvalidation,
  TokenStorePublication,
} from './token-store.js'

export type { RedisTokenClient } from './redis-token-client.js'

/** The options of {@link createRedisTokenStore}. */
export interface RedisTokenStoreOptions {
  /**
   * A prefix of every key, such as `shop:`, for a Redis that several apps share. The session store has its own prefix.
   * @default '' (the keys begin with `{wechat:` and `wechat:`)
   */
  keyPrefix?: string | undefined
  /** Replaces the clock in tests. @default the system's clock */
  clock?: Clock | undefined
}

const CLIENT_COMPLAINT =
  'the client must be one of the "redis" package (node-redis 5 or newer), such as createClient() gives; ' +
  'clients of ioredis have another shape'

const OLD_CLIENT_COMPLAINT =
  'the client is of node-redis 4 or older, which can not set when a key expires; run npm install redis@latest'

const optionsSchema = z.strictObject({
  // Braces are not allowed: Redis Cluster chooses a key's hash slot by the text in the first braces, and the scripts
  // need all keys of a credential in one hash slot.
  keyPrefix: z
    .string('must be a text')
    .regex(/^[\w.:/-]{0,64}$/, 'must be up to 64 letters, digits and the signs _ . : / -')
    .default(''),
  clock: z.custom<Clock>(isClock, 'must have wallMs, monotonicMs and sleep').default(systemClock),
})

/** If Redis does not answer a call within this time, the call fails. The client's commands have no such limit. */
const DEADLINE_MS = 300

/**
 * If a call failed for one of these reasons, the circuit breaker stays closed, because Redis is up and may accept other
 * commands: logins need no script, for example.
 */
const REFUSALS: ReadonlySet<TokenStoreUnavailableReason> = new Set([
  'script-refused',
  'no-permission',
  'read-only',
  'out-of-memory',
  'not-persisting',
  'wrong-type',
])

/**
 * Makes the store of many processes, over a single Redis, Redis Sentinel or Redis Cluster, version 5 or newer. All
 * keys of one credential are in one hash slot. The app connects the client, listens to its errors and closes it.
 *
 * The store's methods fail with a `WechatUnavailableError` whose `reason` is a {@link TokenStoreUnavailableReason}.
 *
 * @example
 * const client = createClient({ url: process.env.REDIS_URL, ...resilientRedisOptions() })
 * client.on('error', error => logger.warn(error))
 * await client.connect()
 * const tokenManager = createTokenManager({ store: createRedisTokenStore(client) })
 *
 * @throws {WechatConfigError} from the factory, if the client is of another package, or naming a wrong option
 */
export function createRedisTokenStore(
  client: RedisTokenClient,
  options: RedisTokenStoreOptions = {},
): TokenStore {
  if (!isRedisTokenClient(client)) throw new WechatConfigError(`createRedisTokenStore: ${CLIENT_COMPLAINT}`)
  if (isOldRedisClient(client)) {
    throw new WechatConfigError(`createRedisTokenStore: ${OLD_CLIENT_COMPLAINT}`)
  }
  const { clock, keyPrefix } = parseOptions('createRedisTokenStore', optionsSchema, options)
  warnAboutHangingRedisSettings(client)
  return new RedisTokenStore(keyPrefix === '' ? client : withKeyPrefix(client, keyPrefix), clock)
}

function isRedisTokenClient(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false
  return ['eval', 'evalSha', 'get', 'set'].every(name => typeof Reflect.get(value, name) === 'function')
}

/**
 * Whether a client is of node-redis 4, which ignores the `expiration` of a SET, so that keys would never expire. Such a
 * client is recognised by its missing `destroy()`.
 */
function isOldRedisClient(client: RedisTokenClient): boolean {
  const has = (name: string) => typeof Reflect.get(client, name) === 'function'
  return has('disconnect') && has('quit') && !has('destroy')
}

class RedisTokenStore implements TokenStore {
  readonly isShared = true
  readonly #client: RedisTokenClient
  readonly #guard: ReturnType<typeof createCircuitBreaker<TokenStoreUnavailableReason>>

  constructor(client: RedisTokenClient, clock: Clock) {
    this.#client = client
    this.#guard = createCircuitBreaker<TokenStoreUnavailableReason>({
      clock,
      deadlineMs: DEADLINE_MS,
      readReason: storeFailureReason,
      isDown: reason => !REFUSALS.has(reason),
      timeoutReason: 'timeout',
      // The error has no cause, because a Redis client's error holds the server's address and what was sent.
      unavailable: reason => new StoreUnavailableError(reason),
    })
  }

  async acquire(
    slot: string,
    { owner, leaseMs, refreshBeforeMs, refreshBeforeRatio }: TokenStoreAcquireRequest,
  ): Promise<TokenStoreAcquisition> {
    const asked = () =>
      this.#run(ACQUIRE, slotKeys(slot), [owner, leaseMs, Math.ceil(refreshBeforeMs), refreshBeforeRatio])
    const reply = await this.#guard(asked, lateReply => {
      // A frozen Redis answers after the deadline. No process uses the lease that it then grants, so it is released.
      if (readTuple(lateReply)[0] === 'lead') this.release(slot, owner).catch(() => {})
    })
    const [outcome, raw, remainingMs, detail = '', detailMs] = readTuple(reply)
    const credential = readCredential(raw, Number(remainingMs))
    if (outcome === 'fresh' && credential) return { outcome, credential }
    if (outcome === 'lead') return { outcome, credential, fencingToken: Number(detail) }
    if (outcome === 'follow') return { outcome, credential }
    if (outcome === 'failed') {
      return { outcome, credential, reason: detail, retryAfterMs: Math.max(1, Number(detailMs)) }
    }
    throw new StoreUnavailableError('unknown')
  }

  async publish(
    slot: string,
    { owner, fencingToken, value, ttlMs, leaseAgeMs, supersededTtlMs }: TokenStorePublication,
  ): Promise<boolean> {
    const args = [owner, fencingToken, value, ttlMs, supersededTtlMs, leaseAgeMs]
    const reply = await this.#script(PUBLISH, slotKeys(slot), args)
    return Number(reply) === 1
  }

  async fail(slot: string, { owner, reason, baseMs, capMs, jitter }: TokenStoreFailure): Promise<void> {
    await this.#script(FAIL, slotKeys(slot), [owner, reason, baseMs, capMs, jitter])
  }

  async release(slot: string, owner: string): Promise<void> {
    await this.#script(RELEASE, [`${slot}:lock`], [owner])
  }

  async invalidate(slot: string, value: string, cooldownMs: number): Promise<TokenStoreInvalidation> {
    // The key of the cooldown holds a hash, so that the token itself is only in the key that expires with it.
    const hash = createHash('sha256').update(value).digest('hex').slice(0, 16)
    const reply = await this.#script(INVALIDATE, [`${slot}:cur`, `${slot}:inv:${hash}`], [value, cooldownMs])
    if (Number(reply) === 1) return 'removed'
    return Number(reply) === -1 ? 'in-cooldown' : 'other'
  }

  async claim(key: string, ttlMs: number): Promise<boolean> {
    const reply = await this.#guard(() =>
      this.#client.set(key, '', { expiration: { type: 'PX', value: ttlMs }, condition: 'NX' }),
    )
    return reply !== null
  }

  async put(key: string, value: string, ttlMs: number): Promise<void> {
    await this.#guard(() => this.#client.set(key, value, { expiration: { type: 'PX', value: ttlMs } }))
  }

  async get(key: string): Promise<string | undefined> {
    const reply = await this.#guard(() => this.#client.get(key))
    return reply === null || reply === undefined ? undefined : String(reply)
  }

  async #script(script: RedisScript, keys: string[], args: (string | number)[]): Promise<unknown> {
    return this.#guard(() => this.#run(script, keys, args))
  }

  async #run(script: RedisScript, keys: string[], args: (string | number)[]): Promise<unknown> {
    const options = { keys, arguments: args.map(String) }
    try {
      return await this.#evaluate(script, options)
    } catch (error) {
      throw new StoreUnavailableError(scriptFailureReason(error))
    }
  }

  async #evaluate(
    { sha1, source }: RedisScript,
    options: Parameters<RedisTokenClient['eval']>[1],
  ): Promise<unknown> {
    try {
      return await this.#client.evalSha(sha1, options)
    } catch (error) {
      // After a restart or a failover Redis does not know the script's hash, so the whole script is sent.
      if (!(error instanceof Error && error.message.startsWith('NOSCRIPT'))) throw error
      return this.#client.eval(source, options)
    }
  }
}

function slotKeys(slot: string): string[] {
  return [`${slot}:cur`, `${slot}:lock`, `${slot}:err`, `${slot}:errn`]
}

function readTuple(reply: unknown): string[] {
  return Array.isArray(reply) ? reply.map(String) : []
}

/** Parses a stored credential, `fencingToken|ttlMs|value`. The value may contain any character. */
function readCredential(raw: string | undefined, remainingMs: number): TokenStoreCredential | undefined {
  const [, ttlMs, value] = /^\d+\|(\d+)\|(.*)$/s.exec(raw ?? '') ?? []
  if (value === undefined || !(remainingMs > 0)) return undefined
  return { value, remainingMs, ttlMs: Number(ttlMs) }
}
