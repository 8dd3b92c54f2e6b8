import { type RunningSimulator, startSimulator } from 'express-wechat/simulator'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type RedisServer, redisProgram, startRedis } from '../../support/redis-server.ts'
import { newVisitor } from '../../support/visitor.ts'
import { travel } from '../support/travel.ts'
import { useExamples } from '../support/use-examples.ts'

describe.runIf(redisProgram)('examples/redis.ts', () => {
  let redis: RedisServer
  let wechat: RunningSimulator
  const startExample = useExamples()
  beforeAll(async () => {
    ;[redis, wechat] = await Promise.all([startRedis(), startSimulator()])
  })
  afterAll(async () => {
    await Promise.all([redis?.close(), wechat?.close()])
  })

  it('knows in one process who logged in at another', async () => {
    const env = { ...wechat.env, REDIS_URL: redis.url, SESSION_SECRET: 'one secret for all processes' }
    const [first, second] = await Promise.all([startExample('redis.ts', env), startExample('redis.ts', env)])
    const visitor = newVisitor()
    const openid = wechat.people.get('lin-xiaoyu')?.openid
    const atFirst = await travel(wechat, visitor, first)
    const atSecond = await visitor.open(second)
    expect(atFirst.json).toMatchObject({ openid })
    expect(atSecond.json).toMatchObject({ openid })
    expect(atSecond.text).not.toBe(atFirst.text)
  })
})
