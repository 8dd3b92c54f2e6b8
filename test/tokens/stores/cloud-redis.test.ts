import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { testTokenStore } from 'express-wechat/testing'
import { createClient } from 'redis'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import * as scripts from '../../../src/tokens/stores/redis-scripts.ts'
import { createRedisTokenStore } from '../../../src/tokens/stores/redis-token-store.ts'
import { resilientRedisOptions } from '../../../src/tokens/stores/resilient-redis-options.ts'
import { type CloudRedis, startCloudRedis } from '../../support/cloud-redis.ts'
import { cloudScriptError } from '../../support/cloud-script-rule.ts'
import { redisProgram } from '../../support/redis-server.ts'
import { LEGACY_TOKEN, TOKEN } from '../../support/scripted-wechat.ts'
import { tokenBench } from '../../support/token-bench.ts'

describe('the rule of clustered cloud Redis for scripts', () => {
  it.each(Object.entries(scripts))('is kept by %s', (_, { source }) => {
    expect(source).toContain('redis.call(')
    expect(cloudScriptError(source)).toBeUndefined()
  })

  it('covers every script: no other file of the package calls Redis from Lua', () => {
    const root = fileURLToPath(new URL('../../../src', import.meta.url))
    const withCalls = readdirSync(root, { recursive: true, encoding: 'utf8' })
      .filter(path => path.endsWith('.ts'))
      .filter(path => /\bredis\.p?call\b/.test(readFileSync(`${root}/${path}`, 'utf8')))
    expect(withCalls.map(path => path.replace(/.*[/\\]/, ''))).toEqual(['redis-scripts.ts'])
  })

  it.each([
    ['a parameter', "local function read(key) return redis.call('GET', key) end return read(KEYS[1])"],
    ['a variable', "local key = KEYS[1] return redis.call('GET', key)"],
    ['an argument', "return redis.call('GET', ARGV[1])"],
    ['a literal', "return redis.call('GET', 'key')"],
    ['an expression', "return redis.call('GET', KEYS[1] .. ':cur')"],
    ['an index that is a variable', "local i = 1 return redis.call('GET', KEYS[i])"],
    ['a second key in a variable', "return redis.call('DEL', KEYS[1], other)"],
    ['a key as a value', "return redis.call('SET', KEYS[1], KEYS[2])"],
    ['a loop over KEYS', "for _, key in ipairs(KEYS) do redis.pcall('DEL', KEYS[1]) end"],
    ['a command in a variable', "local get = 'GET' return redis.call(get, KEYS[1])"],
    ['a nested call', "return redis.call('SET', KEYS[1], redis.call('GET', KEYS[2]))"],
    ['another name of redis.call', "local call = redis.call return call('GET', KEYS[1])"],
  ])('refuses %s', (_, source) => {
    expect(cloudScriptError(source)).toBeTypeOf('string')
  })

  it.each([
    ["return redis.call('DEL', KEYS[1], KEYS[12])"],
    ["if redis.call('SET', KEYS[2], string.format('%s,)', ARGV[1]), 'NX') then return {1} end"],
    ['return redis.pcall("TIME")'],
  ])('accepts %s', source => {
    expect(cloudScriptError(source)).toBeUndefined()
  })
})

describe.skipIf(!redisProgram)('a clustered cloud Redis', () => {
  describe('a Redis that accepts keys only as KEYS[n]', () => {
    let started: Awaited<ReturnType<typeof startConnected>>

    beforeAll(async () => {
      started = await startConnected()
    })

    afterAll(async () => {
      started?.client.destroy()
      await started?.cloud.close()
    })

    testTokenStore(() => ({ store: createRedisTokenStore(started.client) }), { describe, it })
  })

  it('refuses a script that reads a key from a parameter', async () => {
    const { cloud, client } = await startForTest()
    const source = "local function read(key) return redis.call('GET', key) end return read(KEYS[1])"
    const options = { keys: ['key'], arguments: [] }
    await expect(client.eval(source, options)).rejects.toThrow('ERR bad lua script for redis cluster')
    await expect(client.scriptLoad(source)).rejects.toThrow('ERR bad lua script for redis cluster')
    await expect(client.eval("return redis.call('TIME')", { keys: [] })).rejects.toThrow('number of keys')
    expect(cloud.refusals()).toBe(3)
    await client.set('key', '值')
    expect(await client.eval("return redis.call('GET', KEYS[1])", options)).toBe('值')
  })

  it.each([
    ['stable', TOKEN],
    ['legacy', LEGACY_TOKEN],
  ] as const)('lets the processes of an account share its %s token', async (tokenMode, path) => {
    const { cloud, client } = await startForTest()
    const { manager, another, wechat, events } = await tokenBench({
      tokenMode,
      store: createRedisTokenStore(client),
    })
    const token = await manager.getAccessToken()
    expect(await another({ store: createRedisTokenStore(client) }).getAccessToken()).toBe(token)
    expect(wechat.count(path)).toBe(1)
    await manager.invalidate(token)
    expect(events.map(({ name }) => name)).toEqual(['refresh', 'invalidated'])
    expect(cloud.refusals()).toBe(0)
  })
})

async function startConnected() {
  const cloud: CloudRedis = await startCloudRedis()
  const client = createClient({ url: cloud.url, ...resilientRedisOptions() })
  client.on('error', () => {})
  await client.connect()
  return { cloud, client }
}

async function startForTest() {
  const started = await startConnected()
  onTestFinished(async () => {
    started.client.destroy()
    await started.cloud.close()
  })
  return started
}
