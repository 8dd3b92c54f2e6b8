import { testTokenStore } from 'express-wechat/testing'
import { createClient } from 'redis'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import * as scripts from '../../../src/tokens/stores/redis-scripts.ts'
import type { RedisTokenClient } from '../../../src/tokens/stores/redis-token-client.ts'
import { createRedisTokenStore } from '../../../src/tokens/stores/redis-token-store.ts'
import { resilientRedisOptions } from '../../../src/tokens/stores/resilient-redis-options.ts'
import { type RedisServer, redisCommand, startRedis, valkeyProgram } from '../../support/redis-server.ts'

if (!valkeyProgram) {
  console.warn(
    'SKIPPED: the token store over Valkey needs valkey-server (Debian 13: valkey-server), or its path in VALKEY_SERVER',
  )
}

describe.skipIf(!valkeyProgram)('over Valkey', () => {
  let server: RedisServer
  let client: Awaited<ReturnType<typeof connect>>

  function connect(url: string) {
    return createClient({ url, ...resilientRedisOptions() })
      .on('error', () => {})
      .connect()
  }

  beforeAll(async () => {
    server = await startRedis([], { program: valkeyProgram })
    client = await connect(server.url)
  })
  afterAll(async () => {
    client?.destroy()
    await server?.close()
  })

  it('the server says that it is Valkey', async () => {
    expect(await redisCommand(server.port, 'INFO', 'server')).toContain('server_name:valkey')
  })

  testTokenStore(() => ({ store: createRedisTokenStore(client) }), { describe, it })
})

/** The commands that the scripts may call, with the flags that Redis 5.0 knows; later versions have added some. */
const REDIS_5: Readonly<Record<string, readonly string[]>> = {
  DEL: [],
  GET: [],
  INCR: [],
  PEXPIRE: [],
  PTTL: [],
  SET: ['EX', 'PX', 'NX', 'XX'],
  TIME: [],
}

/** What in this script Redis 5 does not know. */
function newerThanRedis5(source: string): string[] {
  const calls = [...source.matchAll(/redis\.call\(([^()]*(?:\([^()]*\)[^()]*)*)\)/g)].map(
    ([, args = '']) => args,
  )
  const words = calls.flatMap(args => {
    const [command = '', ...flags] = [...args.matchAll(/'([A-Z]{2,})'/g)].map(([, word = '']) => word)
    const known = REDIS_5[command]
    if (!known) return [command]
    return flags.filter(flag => !known.includes(flag)).map(flag => `${command} ${flag}`)
  })
  // `redis.setresp`, `redis.acl_check_cmd` and a first line such as "#!lua" came later.
  const others = source.match(/redis\.(?!call\()\w+|^#!.*/gm) ?? []
  return calls.length === 0 ? ['no call was found'] : [...words, ...others]
}

describe('Redis 5', () => {
  it.each(Object.entries(scripts))('knows every command and flag of the script %s', (_name, { source }) => {
    expect(newerThanRedis5(source)).toEqual([])
  })

  it.each([
    ["redis.call('GETDEL', KEYS[1])", ['GETDEL']],
    ["redis.call('SET', KEYS[1], ARGV[1], 'PX', 5, 'KEEPTTL')", ['SET KEEPTTL']],
    ["redis.call('SET', KEYS[1], string.format('%.0f', 1), 'PXAT', 5)", ['SET PXAT']],
    ["redis.call('PEXPIRE', KEYS[1], 5, 'GT')", ['PEXPIRE GT']],
    ["redis.setresp(3) redis.call('TIME')", ['redis.setresp']],
    ["#!lua\nredis.call('TIME')", ['#!lua']],
    ['return 1', ['no call was found']],
  ])('does not know what is newer in %j', (source, found) => {
    expect(newerThanRedis5(source)).toEqual(found)
  })

  it('knows every command that the store sends outside of scripts', async () => {
    const sent: unknown[] = []
    const client: RedisTokenClient = {
      eval: async () => null,
      evalSha: async () => null,
      get: async key => void sent.push(['GET', key]),
      set: async (key, _value, options) => {
        sent.push(['SET', key, options])
        return 'OK'
      },
    }
    const store = createRedisTokenStore(client)
    await store.claim('claimed', 1_000)
    await store.put('kept', 'value', 2_000)
    await store.get('kept')
    // PX and NX are as old as SET itself.
    expect(sent).toEqual([
      [
        'SET',
        expect.stringContaining('claimed'),
        { expiration: { type: 'PX', value: 1_000 }, condition: 'NX' },
      ],
      ['SET', expect.stringContaining('kept'), { expiration: { type: 'PX', value: 2_000 } }],
      ['GET', expect.stringContaining('kept')],
    ])
  })
})
