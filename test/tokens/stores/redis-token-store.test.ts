import { readFileSync } from 'node:fs'
import type { TokenStore } from 'express-wechat'
import { testTokenStore } from 'express-wechat/testing'
import { createClient, createClientPool, createCluster, createSentinel } from 'redis'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { WechatConfigError } from '../../../src/errors/errors.ts'
import { type RedisTokenClient, withKeyPrefix } from '../../../src/tokens/stores/redis-token-client.ts'
import { createRedisTokenStore } from '../../../src/tokens/stores/redis-token-store.ts'
import {
  hangingRedisSettings,
  resilientRedisOptions,
} from '../../../src/tokens/stores/resilient-redis-options.ts'
import {
  type RedisServer,
  redisCommand,
  redisProgram,
  startRedis,
  startRedisCluster,
  startRedisSentinelPair,
} from '../../support/redis-server.ts'
import { until } from '../../support/until.ts'

interface StartedRedis {
  client: RedisTokenClient
  keyPrefix?: string
  close(): Promise<void>
}

/**
 * One server for all tests of the contract; each test gets a store and slots of its own over it. The tests mostly wait
 * until a TTL has ended, and the servers until they are ready, so several wait at once.
 */
function describeContract(name: string, start: () => Promise<StartedRedis>): void {
  describe.concurrent(name, () => {
    let started: StartedRedis

    beforeAll(async () => {
      started = await start()
    })

    afterAll(async () => {
      await started?.close()
    })

    testTokenStore(
      () => ({ store: createRedisTokenStore(started.client, { keyPrefix: started.keyPrefix }) }),
      { describe, it },
    )
  })
}

describe.skipIf(!redisProgram)('over Redis', () => {
  describeContract('a single Redis', async () => {
    const server = await startRedis()
    const client = await connected(server)
    const close = async () => {
      client.destroy()
      await server.close()
    }
    return { client, close }
  })

  describeContract('a Redis with ACL, as the documented user, in another database', async () => {
    const server = await startRedis()
    await redisCommand(server.port, ...documentedAcl('docs/tokens.md'))
    const client = createClient({
      url: server.url,
      username: 'wechat',
      password: 'password',
      database: 3,
      ...resilientRedisOptions(),
    })
    client.on('error', () => {})
    await client.connect()
    // The contract's slots are short names; those of the token manager begin with "wechat:".
    const inAccount = withKeyPrefix(client, 'wechat:test:')
    const close = async () => {
      expect(await keysOf(server, 0)).toEqual([])
      expect(await keysOf(server, 3)).not.toEqual([])
      client.destroy()
      await server.close()
    }
    return { client: inAccount, close }
  })

  describeContract('a Redis with ACL for one prefix', async () => {
    const server = await startRedis()
    const acl = documentedAcl('docs/tokens.md').filter(rule => !rule.startsWith('~'))
    await redisCommand(server.port, ...acl, '~shop:*')
    const client = createClient({
      url: server.url,
      username: 'wechat',
      password: 'password',
      ...resilientRedisOptions(),
    })
    client.on('error', () => {})
    await client.connect()
    const close = async () => {
      client.destroy()
      await server.close()
    }
    return { client, close, keyPrefix: 'shop:' }
  })

  it('needs each command that the documented user may send', async () => {
    const server = await startRedis()
    await redisCommand(server.port, 'CONFIG', 'RESETSTAT')
    const client = await connected(server)
    const store = createRedisTokenStore(client, { keyPrefix: 'wechat:' })
    await useEverything(store)
    const stats = String(await redisCommand(server.port, 'INFO', 'commandstats'))
    const used = new Set([...stats.matchAll(/cmdstat_([a-z|]+):/g)].map(([, name]) => name))
    client.destroy()
    await server.close()
    const allowed = documentedAcl('docs/tokens.md').filter(rule => rule.startsWith('+'))
    // These two belong to the connection: they keep it alive, and choose its database.
    const unused = allowed.map(rule => rule.slice(1)).filter(name => !used.has(name))
    expect(unused).toEqual(['ping', 'select'])
    expect(documentedAcl('docs/tokens.zh-CN.md')).toEqual(documentedAcl('docs/tokens.md'))
  })

  it('puts the prefix before every key, and changes nothing else', async () => {
    const server = await startRedis()
    const client = await connected(server)
    await useEverything(createRedisTokenStore(client, { keyPrefix: 'shop:' }))
    const keys = await keysOf(server, 0)
    expect(keys).not.toEqual([])
    expect(keys.filter(key => !key.startsWith('shop:'))).toEqual([])
    // Another app's store sees nothing of them.
    expect(await createRedisTokenStore(client).get('{a}:put')).toBeUndefined()
    expect(await createRedisTokenStore(client, { keyPrefix: 'shop:' }).get('{a}:put')).toBe('value')
    client.destroy()
    await server.close()
  })

  describeContract('Redis Cluster, three masters', async () => {
    const servers = await startRedisCluster()
    const client = createCluster({
      rootNodes: servers.ports.map(port => ({ url: `redis://127.0.0.1:${port}` })),
      defaults: resilientRedisOptions(),
    })
    client.on('error', () => {})
    await client.connect()
    expect(hangingRedisSettings(client)).toEqual([])
    const close = async () => {
      client.destroy()
      await servers.close()
    }
    return { client, close }
  })

  describeContract('Redis Sentinel', async () => {
    const pair = await startRedisSentinelPair()
    const client = createSentinel({
      name: pair.name,
      sentinelRootNodes: pair.sentinelPorts.map(port => ({ host: '127.0.0.1', port })),
      nodeClientOptions: resilientRedisOptions(),
    })
    client.on('error', () => {})
    await client.connect()
    const close = async () => {
      client.destroy()
      await pair.close()
    }
    return { client, close }
  })

  it('settings of a connected cluster that are known to hang are warned of', async () => {
    const warn = vi.spyOn(process, 'emitWarning').mockImplementation(() => {})
    const servers = await startRedisCluster()
    const client = createCluster({
      rootNodes: servers.ports.map(port => ({ url: `redis://127.0.0.1:${port}` })),
    })
    client.on('error', () => {})
    await client.connect()
    createRedisTokenStore(client)
    client.destroy()
    await servers.close()
    expect(warn).toHaveBeenCalledExactlyOnceWith(
      expect.stringContaining('"socket.socketTimeout"'),
      expect.objectContaining({ code: 'redis_settings' }),
    )
    warn.mockRestore()
  })

  describe('createRedisTokenStore', () => {
    let server: RedisServer
    let client: Awaited<ReturnType<typeof connected>>

    beforeAll(async () => {
      server = await startRedis()
      client = await connected(server)
    })

    afterAll(async () => {
      client?.destroy()
      await server?.close()
    })

    const slot = '{wechat:test:wx0123456789abcdef}:access:stable'
    const request = { owner: 'me', leaseMs: 5_000, refreshBeforeMs: 0, refreshBeforeRatio: 1 }

    it('keeps all keys of an account in one hash slot, with a TTL, and the token in one key only', async () => {
      const store = createRedisTokenStore(client)
      const lead = await store.acquire(slot, request)
      const fencingToken = lead.outcome === 'lead' ? lead.fencingToken : 0
      await store.publish(slot, {
        ...request,
        fencingToken,
        value: 'canary-token',
        ttlMs: 9_000,
        leaseAgeMs: 0,
        supersededTtlMs: 0,
      })
      await store.acquire(slot, { ...request, owner: 'other', refreshBeforeMs: 9_000 })
      await store.fail(slot, {
        owner: 'other',
        reason: 'errcode -1 /x',
        baseMs: 9_000,
        capMs: 9_000,
        jitter: 1,
      })
      await store.acquire(slot, { ...request, refreshBeforeMs: 9_000 })
      await store.invalidate(slot, 'canary-token', 9_000)
      const keys = await client.keys('*')
      expect(keys.length).toBeGreaterThanOrEqual(3)
      for (const key of keys) {
        expect(key).toMatch(
          /^\{wechat:test:wx0123456789abcdef\}:access:stable:(cur|lock|err|errn|inv:[0-9a-f]{16})$/,
        )
        expect(await client.pTTL(key)).toBeGreaterThan(0)
        expect(`${key}${await client.get(key)}`).not.toContain('canary-token')
      }
    })

    it('goes on when Redis has forgotten the scripts', async () => {
      const store = createRedisTokenStore(client)
      await store.release(slot, 'nobody')
      await redisCommand(server.port, 'SCRIPT', 'FLUSH')
      await store.release(slot, 'nobody')
    })

    it.each([
      ['a fencingToken beyond all numbers', `${'9'.repeat(400)}|7200000|x`],
      ['another form', 'x'],
    ])('takes what somebody else wrote for nothing: %s', async (_name, written) => {
      const store = createRedisTokenStore(client)
      const foreign = `${slot}foreign`
      for (const life of [{ expiration: { type: 'PX', value: 60_000 } } as const, {}]) {
        await client.del([`${foreign}:lock`])
        await client.set(`${foreign}:cur`, written, life)
        // Without an end it would be waited out for ever.
        await client.set(`${foreign}:err`, 'errcode -1 /x')
        const lead = await store.acquire(foreign, request)
        expect(lead).toMatchObject({ outcome: 'lead', credential: undefined })
        const fencingToken = lead.outcome === 'lead' ? lead.fencingToken : 0
        const publication = {
          ...request,
          fencingToken,
          value: 'ours',
          ttlMs: 9_000,
          leaseAgeMs: 0,
          supersededTtlMs: 0,
        }
        expect(await store.publish(foreign, publication)).toBe(true)
        expect(await store.acquire(foreign, request)).toMatchObject({
          outcome: 'fresh',
          credential: { value: 'ours' },
        })
      }
    })

    it('gives generations that grow over a Redis whose clock was set back', async () => {
      const store = createRedisTokenStore(client)
      const future = '4102444800000000'
      await client.set(`${slot}x:cur`, `${future}|60000|token`, { expiration: { type: 'PX', value: 60_000 } })
      const lead = await store.acquire(`${slot}x`, { ...request, refreshBeforeMs: 60_000 })
      expect(lead).toMatchObject({ outcome: 'lead', fencingToken: Number(future) + 1 })
    })

    it('fails after 300 ms while Redis is frozen, at once after three failures, then recovers', async () => {
      const store = createRedisTokenStore(client)
      server.freeze()
      try {
        for (let count = 0; count < 3; count++) {
          // The client would wait for longer, and end with an error of the connection.
          await expect(store.get('key')).rejects.toMatchObject({
            status: 503,
            code: 'token_store_unavailable',
            reason: 'timeout',
          })
        }
        const get = vi.spyOn(client, 'get')
        await expect(store.get('key')).rejects.toMatchObject({ code: 'token_store_unavailable' })
        expect(get).not.toHaveBeenCalled()
        get.mockRestore()
      } finally {
        server.thaw()
      }
      await until('it answers again', () =>
        store.get('key').then(
          () => true,
          () => false,
        ),
      )
    })

    it('gives a lease back that came when nobody waited for it any more', async () => {
      const store = createRedisTokenStore(client)
      server.freeze()
      const given = store.acquire(`${slot}late`, { ...request, leaseMs: 60_000 })
      await expect(given).rejects.toMatchObject({ code: 'token_store_unavailable' })
      server.thaw()
      await until('the lease is gone', async () => (await client.exists(`${slot}late:lock`)) === 0)
      expect((await store.acquire(`${slot}late`, request)).outcome).toBe('lead')
    })

    it('takes nothing of the error of the client along', async () => {
      const closed = createClient({ url: 'redis://user:canary@127.0.0.1:1', ...resilientRedisOptions() })
      const error: Error = await createRedisTokenStore(closed)
        .get('key')
        .catch(thrown => thrown)
      expect(error).toMatchObject({ name: 'WechatUnavailableError' })
      expect(error.cause).toBeUndefined()
      expect(error.stack).not.toContain('canary')
    })
  })
})

describe("what createRedisTokenStore's factory is given", () => {
  const command = async () => null
  const making = (client: unknown, options?: object) =>
    expect(() => createRedisTokenStore(client as RedisTokenClient, options))

  it.each([
    ['nothing', undefined],
    ['null', null],
    ['an address', 'redis://127.0.0.1'],
    ['an empty object', {}],
    ['a client of ioredis', { eval: command, evalsha: command, get: command, set: command }],
    ['one that lacks a command', { eval: command, evalSha: command, get: command }],
    ['one whose command is none', { eval: command, evalSha: command, get: command, set: 'set' }],
  ])('is refused as a client: %s', (_, client) => {
    making(client).toThrow(WechatConfigError)
    making(client).toThrow(
      /^createRedisTokenStore: the client must be .* "redis" package \(node-redis 5 or newer\).* ioredis /,
    )
  })

  it('is refused as a client of node-redis 4, whose keys would never expire', () => {
    const ofVersion4 = {
      eval: command,
      evalSha: command,
      get: command,
      set: command,
      quit: command,
      disconnect: command,
    }
    making(ofVersion4).toThrow(WechatConfigError)
    making(ofVersion4).toThrow('is of node-redis 4 or older')
    making({ ...ofVersion4, destroy: command }).not.toThrow()
  })

  it.each([
    ['clock', { clock: {} }],
    ['prefix', { prefix: 'wechat:' }],
  ])('is refused as an option: %s', (option, options) => {
    making(createClient(resilientRedisOptions()), options).toThrow(`createRedisTokenStore: "${option}" `)
  })
})

describe('settings of a client that are known to hang', () => {
  const problemsOf = (options: object) => hangingRedisSettings({ options }).join('\n')

  it.each([
    ['no limit for the socket', {}, 'socketTimeout'],
    ['a limit that ends the client', { socket: { socketTimeout: 1 } }, 'for good'],
    [
      'a limit that cuts idle connections',
      { socket: { socketTimeout: 1, reconnectStrategy: () => 1 } },
      'pingInterval',
    ],
    [
      'a queue for who is away',
      { ...resilientRedisOptions(), disableOfflineQueue: false },
      'disableOfflineQueue',
    ],
  ])('%s is named', (_, options, named) => {
    expect(problemsOf(options)).toContain(named)
  })

  it('are not found in resilientRedisOptions, nor in clients that show none', () => {
    expect(problemsOf(resilientRedisOptions())).toBe('')
    expect(hangingRedisSettings({})).toEqual([])
  })

  it('are warned of, once per client', () => {
    const warn = vi.spyOn(process, 'emitWarning').mockImplementation(() => {})
    const client = createClient({ url: 'redis://127.0.0.1:1' })
    createRedisTokenStore(client)
    createRedisTokenStore(client)
    createRedisTokenStore(createClient(resilientRedisOptions()))
    expect(warn).toHaveBeenCalledTimes(1)
    warn.mockRestore()
  })

  it.each([
    ['a pool', createClientPool()],
    ['a cluster that is not connected', createCluster({ rootNodes: [{ url: 'redis://127.0.0.1:1' }] })],
    ['a sentinel', createSentinel({ name: 'mymaster', sentinelRootNodes: [{ host: '127.0.0.1', port: 1 }] })],
  ])('are not guessed at where they can not be seen: %s', (_, client) => {
    const warn = vi.spyOn(process, 'emitWarning').mockImplementation(() => {})
    createRedisTokenStore(client)
    expect(warn).not.toHaveBeenCalled()
    warn.mockRestore()
  })

  it('reconnects ever later, up to about two seconds', () => {
    const { reconnectStrategy } = resilientRedisOptions().socket
    expect(reconnectStrategy(0)).toBeLessThan(260)
    for (const retries of [10, 100, 100_000]) {
      expect(reconnectStrategy(retries)).toBeGreaterThanOrEqual(2_000)
      expect(reconnectStrategy(retries)).toBeLessThanOrEqual(2_200)
    }
  })
})

async function connected(server: RedisServer) {
  const client = createClient({ url: server.url, ...resilientRedisOptions() })
  client.on('error', () => {})
  await client.connect()
  return client
}

/** The command by which a document makes a user of Redis. */
function documentedAcl(document: string): string[] {
  const text = readFileSync(new URL(`../../../${document}`, import.meta.url), 'utf8')
  const [command = ''] = /^ACL SETUSER .*$/m.exec(text) ?? []
  return command.split(' ')
}

/** Takes every way through the scripts. */
async function useEverything(store: TokenStore): Promise<void> {
  const lease = { leaseMs: 10_000, refreshBeforeMs: 100, refreshBeforeRatio: 0.1 }
  const lead = async (slot: string, owner: string) => {
    const acquisition = await store.acquire(slot, { ...lease, owner })
    if (acquisition.outcome !== 'lead') throw new Error(acquisition.outcome)
    return acquisition.fencingToken
  }
  const fencingToken = await lead('{a}', 'one')
  const publication = { owner: 'one', value: 'v', ttlMs: 60_000, leaseAgeMs: 0, supersededTtlMs: 1_000 }
  await store.publish('{a}', { ...publication, fencingToken })
  // An older result shortens the life of the newer one.
  await store.publish('{a}', { ...publication, fencingToken: 1 })
  await lead('{b}', 'two')
  await store.fail('{b}', { owner: 'two', reason: 'r', baseMs: 10_000, capMs: 10_000, jitter: 1 })
  await lead('{c}', 'three')
  await store.release('{c}', 'three')
  await store.claim('{a}:claim', 10_000)
  await store.put('{a}:put', 'value', 10_000)
  await store.get('{a}:put')
}

async function keysOf(server: RedisServer, database: number): Promise<string[]> {
  const client = createClient({ url: server.url, database })
  client.on('error', () => {})
  await client.connect()
  const keys = await client.keys('*')
  client.destroy()
  return keys.sort()
}
