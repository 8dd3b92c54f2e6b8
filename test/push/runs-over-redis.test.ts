// @express 5 alone: the subject is what processes share in Redis; message-runs.test.ts holds the runs on both majors.
import { createRedisTokenStore, reply } from 'express-wechat'
import { createClient } from 'redis'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ManualClock } from '../support/manual-clock.ts'
import { type RedisServer, redisProgram, startRedis } from '../support/redis-server.ts'
import { deliverThrice, startProcess } from './support/deliveries.ts'
import { textMessage } from './support/push-client.ts'

describe.skipIf(!redisProgram)('three processes over one Redis', () => {
  let redis: RedisServer
  const connect = () => createClient({ url: redis.url }).connect()
  const clients: Awaited<ReturnType<typeof connect>>[] = []

  beforeAll(async () => {
    redis = await startRedis()
    for (let index = 0; index < 3; index += 1) {
      clients.push(await connect())
    }
  })
  afterAll(async () => {
    for (const client of clients) client.destroy()
    await redis.close()
  })

  /** What was sent to Redis is answered, and what that led to is, too. */
  async function settle(): Promise<void> {
    for (let turn = 0; turn < 4; turn += 1) {
      await Promise.all(clients.map(client => client.ping()))
      await new Promise(setImmediate)
    }
  }

  it('run a message once, and the third delivery carries the answer after 12 s', async () => {
    const clock = new ManualClock()
    const runs: number[] = []
    const processes = clients.map((client, index) =>
      startProcess(clock, createRedisTokenStore(client, { clock }), {
        on: {
          async text() {
            runs.push(index)
            await clock.sleep(12_000)
            return reply.text('the answer')
          },
        },
      }),
    )
    const deliveries = await deliverThrice(clock, processes, textMessage(), settle)
    expect(deliveries.map(({ answer }) => answer?.includes('the answer'))).toEqual([
      undefined,
      undefined,
      true,
    ])
    expect(runs).toEqual([0])

    const ttls = await Promise.all((await clients[0]?.keys('*'))?.map(key => clients[0]?.pTTL(key)) ?? [])
    expect(ttls.length).toBeGreaterThan(0)
    expect(Math.min(...ttls.map(Number))).toBeGreaterThan(0)
  })
})
