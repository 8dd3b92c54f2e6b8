import { createHash } from 'node:crypto'
import { z } from 'zod'
import { WechatUnavailableError } from '../../errors/errors.js'
import { createCircuitBreaker } from '../../util/circuit-breaker.js'
import { type Clock, isClock, systemClock } from '../../util/clock.js'
import { parseOptions } from '../../util/parse-options.js'
import { ACQUIRE, FAIL, INVALIDATE, PUBLISH, RELEASE, type RedisScript } from './redis-scripts.js'
import { warnOfHangingRedisSettings } from './resilient-redis-options.js'
import type { Acquisition, StoredCredential, TokenStore } from './token-store.js'

/**
 * What the store needs of a client of the `redis` package (5 or newer). `createClient()`, `createClientPool()`,
 * `createSentinel()` and `createCluster()` all have it.
 */
export interface RedisTokenClient {
  eval(script: string, options: { keys: string[]; arguments: string[] }): Promise<unknown>
  evalSha(sha1: string, options: { keys: string[]; arguments: string[] }): Promise<unknown>
  get(key: string): Promise<unknown>
  set(
    key: string,
    value: string,
    options: { expiration: { type: 'PX'; value: number }; condition?: 'NX' },
  ): Promise<unknown>
}

export interface RedisTokenStoreOptions {
  /** For tests. @default the system's */
  clock?: Clock | undefined
}

const clientSchema = z.custom<RedisTokenClient>(
  isRedisTokenClient,
  'the client must be one of the "redis" package (node-redis 5 or newer), such as createClient() gives; ' +
    'clients of ioredis have another shape',
)

const optionsSchema = z.strictObject({
  clock: z.custom<Clock>(isClock, 'must have wallMs, monotonicMs and sleep').default(systemClock),
})

/** A Redis that has not answered by then counts as away: no command of the client's own has such a limit. */
const DEADLINE_MS = 300

/**
 * The store of many processes: single Redis, Sentinel or Cluster, 5 or newer. All keys of an account and kind are
 * in one hash slot. The client is yours: connect it, listen to its errors, close it.
 *
 * @example
 * const client = createClient({ url: process.env.REDIS_URL, ...resilientRedisOptions() })
 * client.on('error', error => logger.warn(error))
 * await client.connect()
 * const tokenManager = createTokenManager({ store: redisTokenStore(client) })
 *
 * All errors of its methods are {@link WechatUnavailableError}.
 *
 * @throws {WechatConfigError} from the factory, where the client is of another package, or naming the option
 */
export function redisTokenStore(client: RedisTokenClient, options: RedisTokenStoreOptions = {}): TokenStore {
  parseOptions('redisTokenStore', clientSchema, client)
  const { clock } = parseOptions('redisTokenStore', optionsSchema, options)
  warnOfHangingRedisSettings(client)
  return new RedisTokenStore(client, clock)
}

function isRedisTokenClient(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false
  return ['eval', 'evalSha', 'get', 'set'].every(name => typeof Reflect.get(value, name) === 'function')
}

class RedisTokenStore implements TokenStore {
  readonly isShared = true
  readonly #client: RedisTokenClient
  readonly #guard: ReturnType<typeof createCircuitBreaker>

  constructor(client: RedisTokenClient, clock: Clock) {
    this.#client = client
    this.#guard = createCircuitBreaker({ clock, deadlineMs: DEADLINE_MS, unavailable })
  }

  async acquire(
    slot: string,
    { owner, leaseMs, dueMs, dueShare }: Parameters<TokenStore['acquire']>[1],
  ): Promise<Acquisition> {
    const asked = () => this.#run(ACQUIRE, keysOf(slot), [owner, leaseMs, Math.ceil(dueMs), dueShare])
    const reply = await this.#guard(asked, lateReply => {
      // A frozen Redis answers what nobody waits for any more: a lease that nobody would use.
      if (readTuple(lateReply)[0] === 'lead') this.release(slot, owner).catch(() => {})
    })
    const [outcome, raw, leftMs, detail = '', detailMs] = readTuple(reply)
    const credential = readCredential(raw, Number(leftMs))
    if (outcome === 'fresh' && credential) return { outcome, credential }
    if (outcome === 'lead') return { outcome, credential, generation: Number(detail) }
    if (outcome === 'follow') return { outcome, credential }
    if (outcome === 'failed') {
      return { outcome, credential, reason: detail, retryAfterMs: Math.max(1, Number(detailMs)) }
    }
    throw unavailable()
  }

  async publish(
    slot: string,
    { owner, generation, value, lifeMs, heldMs, suspectMs }: Parameters<TokenStore['publish']>[1],
  ): Promise<boolean> {
    const args = [owner, generation, value, lifeMs, suspectMs, heldMs]
    const reply = await this.#script(PUBLISH, keysOf(slot), args)
    return Number(reply) === 1
  }

  async fail(
    slot: string,
    { owner, reason, baseMs, capMs, jitter }: Parameters<TokenStore['fail']>[1],
  ): Promise<void> {
    await this.#script(FAIL, keysOf(slot), [owner, reason, baseMs, capMs, jitter])
  }

  async release(slot: string, owner: string): Promise<void> {
    await this.#script(RELEASE, [`${slot}:lock`], [owner])
  }

  async invalidate(slot: string, value: string, coolMs: number): Promise<'removed' | 'other' | 'cooling'> {
    // The token itself stands in one key only, which dies with it.
    const hash = createHash('sha256').update(value).digest('hex').slice(0, 16)
    const reply = await this.#script(INVALIDATE, [`${slot}:cur`, `${slot}:inv:${hash}`], [value, coolMs])
    if (Number(reply) === 1) return 'removed'
    return Number(reply) === -1 ? 'cooling' : 'other'
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
      return await this.#client.evalSha(script.sha1, options)
    } catch (error) {
      // A Redis that was restarted, or took over, does not know it yet.
      if (!(error instanceof Error && error.message.startsWith('NOSCRIPT'))) throw error
      return this.#client.eval(script.source, options)
    }
  }
}

function keysOf(slot: string): string[] {
  return [`${slot}:cur`, `${slot}:lock`, `${slot}:err`, `${slot}:errn`]
}

function readTuple(reply: unknown): string[] {
  return Array.isArray(reply) ? reply.map(String) : []
}

/** `generation|lifeMs|value`; the value may hold anything. */
function readCredential(raw: string | undefined, leftMs: number): StoredCredential | undefined {
  const [, lifeMs, value] = /^\d+\|(\d+)\|(.*)$/s.exec(raw ?? '') ?? []
  if (value === undefined || !(leftMs > 0)) return undefined
  return { value, leftMs, lifeMs: Number(lifeMs) }
}

/** Never with a cause: the errors of clients hold addresses, and what was sent. */
function unavailable(): WechatUnavailableError {
  return new WechatUnavailableError('the token store does not answer', 'token_store_unavailable')
}
