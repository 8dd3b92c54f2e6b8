import { describe, expect, it, onTestFinished } from 'vitest'
import { redisProgram, startRedis } from '../../support/redis-server.ts'
import { doctorJson, startBench } from './support.ts'

const redisStates = async (url: string) => {
  const { checks } = await doctorJson([], { REDIS_URL: url })
  return Object.fromEntries(
    checks.filter(({ id }) => id.startsWith('redis')).map(result => [result.id, result] as const),
  )
}

describe.skipIf(!redisProgram)('the doctor and Redis', () => {
  it('finds everything well of a healthy set-up with Redis', async () => {
    const redis = await startRedis(['appendonly yes'])
    onTestFinished(() => redis.close())
    const bench = await startBench()
    const { checks, code } = await doctorJson(bench.args, { ...bench.environment, REDIS_URL: redis.url })
    expect(checks.filter(({ state }) => state !== 'ok')).toEqual([])
    expect(code).toBe(0)
  })

  it('finds eviction, a lack of persistence and a wrong password', async () => {
    const password = 'right-password-of-redis'
    const redis = await startRedis(['maxmemory-policy allkeys-lru', `user doctor on >${password} ~* +@all`])
    onTestFinished(() => redis.close())
    const open = await redisStates(redis.url)
    expect(open.redis).toMatchObject({ state: 'ok', text: expect.stringMatching(/version \d/) })
    expect(open['redis-memory']).toMatchObject({
      state: 'fault',
      remedy: expect.stringContaining('maxmemory-policy noeviction'),
    })
    expect(open['redis-persistence']).toMatchObject({
      state: 'warning',
      remedy: expect.stringContaining('appendonly yes'),
    })
    expect(open['redis-latency']?.state).not.toBe('skipped')

    const closed = await redisStates(`redis://doctor:wrong-password@127.0.0.1:${redis.port}`)
    expect(closed.redis).toMatchObject({ state: 'fault', text: 'Redis failed (authentication)' })
    expect(closed['redis-memory']?.state).toBe('skipped')
  })
})

describe('REDIS_URL', () => {
  it.each([
    [
      'redis://127.0.0.1:9',
      {
        state: 'fault',
        text: 'Redis failed (connection)',
        remedy: expect.stringContaining('host and port in REDIS_URL'),
      },
    ],
    ['redis.example.com', { state: 'fault', text: 'REDIS_URL is no redis:// or rediss:// address' }],
    [
      'redis+cluster://a:6379,b:6379',
      {
        state: 'skipped',
        text: 'REDIS_URL names a cluster or sentinels; give the doctor the URL of one server',
      },
    ],
  ])('%s gets its own answer', async (url, outcome) => {
    expect((await redisStates(url)).redis).toMatchObject(outcome)
  })
})
