import { createClient } from 'redis'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest'
import { exchangeOnce } from '../../../src/login/oauth/code-exchange.ts'
import { getContext } from '../../../src/tokens/context.ts'
import { createRedisTokenStore } from '../../../src/tokens/stores/redis-token-store.ts'
import { resilientRedisOptions } from '../../../src/tokens/stores/resilient-redis-options.ts'
import {
  STORE_FAILURE_REMEDIES,
  scriptFailureReason,
  storeFailureReason,
  type TokenStoreUnavailableReason,
} from '../../../src/tokens/stores/store-failure.ts'
import { type RedisServer, redisCommand, redisProgram, startRedis } from '../../support/redis-server.ts'
import { APP_ID, tokenBench } from '../../support/token-bench.ts'
import { until } from '../../support/until.ts'

/** Nothing of these may get out: the user's name, its password and what other programs keep. */
const USER = 'canary-user'
const PASSWORD = 'canary-password'
const SLOT = `{wechat:bench:${APP_ID}}:access:legacy`

type ClientOptions = NonNullable<Parameters<typeof createClient>[0]>

let warn: ReturnType<typeof spyOnWarnings>

beforeEach(() => {
  warn = spyOnWarnings()
})

afterEach(() => {
  warn.mockRestore()
})

describe.skipIf(!redisProgram)('an error reply of Redis', () => {
  let server: RedisServer
  const command = (...words: string[]) => redisCommand(server.port, ...words)

  beforeAll(async () => {
    server = await startRedis(['lua-time-limit 1'])
  })

  afterAll(async () => {
    await server?.close()
  })

  const permissions = '~* &* +@all'
  it.each([
    ['a user without the command', '~* &* +@connection +@read'],
    ['a user without the keys', '~other:* &* +@all'],
    ['a user without a command of the script', `${permissions} -set`],
  ])('is reported as no-permission: %s', async (_, rules) => {
    await command('ACL', 'SETUSER', USER, 'reset', 'on', `>${PASSWORD}`, ...rules.split(' '))
    await expectReason('no-permission', server, { username: USER, password: PASSWORD })
  })

  it('is reported as read-only: a replica', async () => {
    await command('REPLICAOF', '127.0.0.1', '1')
    onTestFinished(() => command('REPLICAOF', 'NO', 'ONE').then(() => {}))
    await expectReason('read-only', server)
  })

  it('is reported as not-ready: a replica that lost its primary and serves nothing stale', async () => {
    await command('CONFIG', 'SET', 'replica-serve-stale-data', 'no')
    await command('REPLICAOF', '127.0.0.1', '1')
    onTestFinished(async () => {
      await command('REPLICAOF', 'NO', 'ONE')
      await command('CONFIG', 'SET', 'replica-serve-stale-data', 'yes')
    })
    await expectReason('not-ready', server)
  })

  it('is reported as out-of-memory: a full Redis', async () => {
    await command('CONFIG', 'SET', 'maxmemory', '1')
    onTestFinished(() => command('CONFIG', 'SET', 'maxmemory', '0').then(() => {}))
    await expectReason('out-of-memory', server)
  })

  it('is reported as wrong-type: a key that another program uses', async () => {
    await command('RPUSH', `${SLOT}:cur`, PASSWORD)
    onTestFinished(() => command('DEL', `${SLOT}:cur`).then(() => {}))
    await expectReason('wrong-type', server)
  })

  it('is reported as busy: a script that runs for long', async () => {
    const endless = command('EVAL', 'while true do end', '0').catch(() => {})
    const isBusy = () =>
      command('GET', 'key').then(
        () => false,
        (error: Error) => error.message.startsWith('BUSY'),
      )
    await until('Redis is busy', isBusy)
    onTestFinished(async () => {
      await command('SCRIPT', 'KILL')
      await endless
    })
    await expectReason('busy', server, { RESP: 2 })
  })

  it('is reported as script-refused: a Redis that forbids scripts', async () => {
    const forbidding = await startForTest(['rename-command EVALSHA ""', 'rename-command EVAL ""'])
    await expectReason('script-refused', forbidding)
  })

  it('leaves the circuit breaker closed, so that other commands still run', async () => {
    const forbidding = await startForTest(['rename-command EVALSHA ""'])
    const { store, manager } = await benchOver(forbidding)
    for (let count = 0; count < 5; count++) await manager.getAccessToken().catch(() => {})
    expect(await store.claim('key', 60_000)).toBe(true)
  })

  it('is reported as not-ready: a cluster without its slots', async () => {
    const incomplete = await startForTest(['cluster-enabled yes', 'cluster-config-file nodes.conf'])
    await expectReason('not-ready', incomplete)
  })

  it('is reported as authentication: a client without the password', async () => {
    const locked = await startForTest()
    await redisCommand(locked.port, 'CONFIG', 'SET', 'requirepass', PASSWORD)
    // With RESP 3 the client would not even connect.
    const { store, manager, events } = await benchOver(locked, { RESP: 2 })
    await expect(store.get('key')).rejects.toMatchObject({ reason: 'authentication' })
    // Redis closes the connection after a script of a client that has not logged in.
    await expect(manager.getAccessToken()).rejects.toMatchObject({ reason: 'authentication' })
    expectReports(events, 'authentication', 1)
  })
})

describe.skipIf(!redisProgram)('a Redis without an answer', () => {
  it('is reported as timeout while it is frozen, also while the circuit breaker is open', async () => {
    const server = await startForTest()
    const { manager, events } = await benchOver(server)
    server.freeze()
    for (let count = 0; count < 5; count++) await manager.getAccessToken().catch(() => {})
    server.thaw()
    expectReports(events, 'timeout', 5)
  })

  it('is reported as connection after it is gone', async () => {
    const server = await startForTest()
    const { manager, events } = await benchOver(server)
    await server.kill()
    for (let count = 0; count < 5; count++) await manager.getAccessToken().catch(() => {})
    expectReports(events, 'connection', 5)
  })
})

describe('a login whose token store fails', () => {
  const login = { id: 'login id', scope: 'snsapi_base' }

  it.skipIf(!redisProgram)('is reported too', async () => {
    const server = await startForTest()
    const { manager, events } = await benchOver(server)
    await server.kill()
    const outcome = exchangeOnce(getContext(manager), login, 'code')
    await expect(outcome).rejects.toMatchObject({ code: 'token_store_unavailable', reason: 'connection' })
    expectReports(events, 'connection', 1, 'login')
  })

  it('is reported also if only its outcome could not be kept', async () => {
    const { manager, store, events } = await tokenBench()
    store.failOnce('put')
    await exchangeOnce(getContext(manager), login, 'code').catch(() => {})
    expectReports(events, 'unknown', 1, 'login')
  })
})

describe('the reason of a store failure', () => {
  it.each([
    ['NOAUTH Authentication required.', 'authentication'],
    ['WRONGPASS invalid username-password pair or user is disabled.', 'authentication'],
    ['LOADING Redis is loading the dataset in memory', 'not-ready'],
    ['CLUSTERDOWN The cluster is down', 'not-ready'],
    ['NOREPLICAS Not enough good replicas to write.', 'not-ready'],
    ['MISCONF Redis is configured to save RDB snapshots', 'not-persisting'],
    ['ERR max number of clients reached', 'unknown'],
    ['BUSYGROUP of another command', 'unknown'],
    ['a sentence that names OOM and NOPERM', 'unknown'],
    ['ERR Protocol error: unauthenticated multibulk length', 'authentication'],
    ['', 'unknown'],
  ])('is read from the code of a reply: %s', (message, reason) => {
    expect(storeFailureReason(new Error(message))).toBe(reason)
  })

  it.each([
    ["ERR unknown command 'EVALSHA', with args beginning with: 'OOM'", 'script-refused'],
    ['ERR bad lua script for redis cluster, all the keys that the script uses should be', 'script-refused'],
    ['OOM command not allowed when used memory > maxmemory. script: ab, on @user_script:1.', 'out-of-memory'],
    [
      "ERR Error running script (call to f_ab): @user_script:9: @user_script: 9: -READONLY You can't write",
      'read-only',
    ],
    [
      "ERR Error running script (call to f_ab): @user_script:9: @user_script: 9: The user executing the script can't run this command or subcommand",
      'no-permission',
    ],
    ['ERR Error running script (call to f_ab): @user_script:9: attempt to compare', 'script-refused'],
  ])('is read from how servers before and after version 7 reject scripts: %s', (message, reason) => {
    expect(scriptFailureReason(new Error(message))).toBe(reason)
  })

  it.each([
    ['a refused connection', Object.assign(new Error('x'), { code: 'ECONNREFUSED' }), 'connection'],
    ['a mistake of Node.js', Object.assign(new TypeError('x'), { code: 'ERR_INVALID_ARG_TYPE' }), 'unknown'],
    ['no error', 'OOM', 'unknown'],
    ['nothing', undefined, 'unknown'],
  ])('is found for %s', (_, error, reason) => {
    expect(storeFailureReason(error)).toBe(reason)
  })

  it('is warned of once for each manager and reason, with the remedy', async () => {
    const { manager, another, store } = await tokenBench({ tokenMode: 'legacy' })
    store.isAway = true
    const other = another()
    for (const each of [manager, manager, other]) await each.getAccessToken().catch(() => {})
    vi.spyOn(store, 'acquire').mockRejectedValue(new Error(`OOM ${PASSWORD}`))
    for (const each of [manager, manager]) await each.getAccessToken().catch(() => {})
    expect(warn.mock.calls.map(([text]) => text)).toEqual([
      warningOf('unknown'),
      warningOf('unknown'),
      warningOf('out-of-memory'),
    ])
  })
})

function spyOnWarnings() {
  return vi.spyOn(process, 'emitWarning').mockImplementation(() => {})
}

async function startForTest(lines: string[] = []): Promise<RedisServer> {
  const server = await startRedis(lines)
  onTestFinished(() => server.close())
  return server
}

async function benchOver(server: RedisServer, options: ClientOptions = {}) {
  const client = createClient({ url: server.url, ...resilientRedisOptions(), ...options })
  client.on('error', () => {})
  await client.connect()
  onTestFinished(() => client.destroy())
  const store = createRedisTokenStore(client)
  return { ...(await tokenBench({ tokenMode: 'legacy', store })), store }
}

async function expectReason(
  reason: TokenStoreUnavailableReason,
  server: RedisServer,
  options: ClientOptions = {},
): Promise<void> {
  const { manager, wechat, events } = await benchOver(server, options)
  for (let count = 0; count < 5; count++) {
    const error: Error = await manager.getAccessToken().catch(thrown => thrown)
    expect(error).toMatchObject({ status: 503, code: 'token_store_unavailable', reason })
    expect(error.message).toContain(`(${reason})`)
    expect(error.cause).toBeUndefined()
    expectNothingOf(server, `${error.stack} ${JSON.stringify(error)}`)
  }
  expectReports(events, reason, 5)
  expectNothingOf(server, JSON.stringify([events, warn.mock.calls]))
  expect(wechat.calls).toEqual([])
}

function expectReports(
  events: { name: string; event: object }[],
  reason: TokenStoreUnavailableReason,
  count: number,
  credential = 'access_token',
): void {
  const report = { name: 'store-unavailable', event: { appId: APP_ID, credential, reason } }
  expect(events).toEqual(Array.from({ length: count }, () => report))
  expect(warn.mock.calls).toEqual([[warningOf(reason), { type: 'WechatWarning', code: 'token_store' }]])
}

function warningOf(reason: TokenStoreUnavailableReason): string {
  return `the token store of ${APP_ID} is unavailable (${reason}): ${STORE_FAILURE_REMEDIES[reason]} (docs/errors.md#token_store)`
}

function expectNothingOf(server: RedisServer, text: string): void {
  expect(text).not.toMatch(new RegExp(`127\\.0\\.0\\.1|localhost|:${server.port}\\b`))
  for (const secret of [USER, PASSWORD, SLOT, 'redis.call', 'user_script']) expect(text).not.toContain(secret)
}
