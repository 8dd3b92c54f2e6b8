import { Agent, request } from 'node:http'
import { resilientRedisOptions } from 'express-wechat'
import { type RunningSimulator, startSimulator } from 'express-wechat/simulator'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import {
  type RedisServer,
  redisCommand,
  redisProgram,
  startRedis,
  startRedisCluster,
  startRedisSentinelPair,
} from '../../support/redis-server.ts'
import { until } from '../../support/until.ts'
import { exchange, newVisitor, type Visitor } from '../../support/visitor.ts'
import { type GatewayProcess, sessionSecret, startGatewayProcess } from './support/gateway-process.ts'

/** The gateway cuts connections that are still open after this time (gateway.ts). */
const ANSWERS_MS = 4_500
/** Longer than the gateway takes to stop: only an answer by the stop itself comes before this limit. */
const WECHAT_TIMEOUT_MS = 20_000

let wechat: RunningSimulator
let started: GatewayProcess[]

beforeAll(async () => {
  wechat = await startSimulator()
})
afterAll(() => wechat?.close())

beforeEach(() => {
  wechat.reset()
  started = []
})
afterEach(() => endGateways(started))

/** Starts a gateway for one test. */
async function startGateway(env: Record<string, string>): Promise<GatewayProcess> {
  const gateway = await startGatewayProcess(wechat, env)
  started.push(gateway)
  return gateway
}

async function endGateways(gateways: readonly GatewayProcess[]): Promise<void> {
  for (const gateway of gateways) gateway.kill('SIGKILL')
  await Promise.all(gateways.map(({ ended }) => ended))
}

async function logIn(gateway: GatewayProcess, visitor: Visitor): Promise<void> {
  const begun = await visitor.open(`${gateway.url}/auth`)
  expect((await visitor.open(wechat.approve(begun.location ?? '') ?? '')).status).toBe(302)
}

function sign(gateway: GatewayProcess) {
  return exchange(`${gateway.url}/offiaccount/jssdk`, {
    method: 'POST',
    body: JSON.stringify({ url: `${gateway.origin}/page` }),
  })
}

describe.skipIf(!redisProgram)('gateways over one Redis', () => {
  const newSecret = '07be2653890f4c1d9a07be265f4c1d9a'
  let redis: RedisServer
  /** The tests share these. Each test of SIGTERM ends one that no later test needs. */
  let gateways: Record<'one' | 'other' | 'withBothSecrets' | 'withNewSecret', GatewayProcess>

  beforeAll(async () => {
    redis = await startRedis()
    const start = (secrets = sessionSecret) =>
      startGatewayProcess(wechat, {
        REDIS_URL: redis.url,
        SESSION_SECRET: secrets,
        SESSION_TTL: '120',
        WECHAT_TIMEOUT_MS: `${WECHAT_TIMEOUT_MS}`,
      })
    const [one, other, withBothSecrets, withNewSecret] = await Promise.all([
      start(),
      start(),
      start(`${newSecret},${sessionSecret}`),
      start(newSecret),
    ])
    gateways = { one, other, withBothSecrets, withNewSecret }
  })
  afterAll(async () => {
    await endGateways(Object.values(gateways ?? {}))
    await redis?.close()
  })
  beforeEach(() => redisCommand(redis.port, 'FLUSHALL'))

  const keys = async (pattern: string) => (await redisCommand(redis.port, 'KEYS', pattern)) as string[]

  it('share one token and all logins', async () => {
    const { one, other } = gateways
    const visitor = newVisitor()
    await logIn(one, visitor)
    const known = await visitor.fetch(`${other.url}/auth/user/openid`)
    expect(known.json).toEqual({ openid: wechat.people.list()[0]?.openid })

    const answers = await Promise.all([one, other, one, other].map(sign))
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200])
    expect(wechat.history.count('/cgi-bin/stable_token')).toBe(1)
    expect(wechat.history.count('/cgi-bin/ticket/getticket')).toBe(1)
  })

  it('write nothing for visitors who have not logged in', async () => {
    const { url } = gateways.one
    const answers = await Promise.all(
      Array.from({ length: 20 }, () => newVisitor().open(`${url}/auth?state=%2Fpage`)),
    )
    expect(answers.filter(({ status }) => status !== 302)).toEqual([])
    expect(await redisCommand(redis.port, 'DBSIZE')).toBe(0)
  })

  it('keep sessions for SESSION_TTL seconds', async () => {
    await logIn(gateways.one, newVisitor())
    const [session = ''] = await keys('wechat:session:*')
    expect(Number(await redisCommand(redis.port, 'TTL', session))).toBeGreaterThan(110)
    expect(Number(await redisCommand(redis.port, 'TTL', session))).toBeLessThan(121)
  })

  it('take sessions under the old secret while the new one stands before it', async () => {
    const { one, withBothSecrets, withNewSecret } = gateways
    const earlier = newVisitor()
    await logIn(one, earlier)
    expect((await earlier.fetch(`${withBothSecrets.url}/auth/user/openid`)).status).toBe(200)
    expect((await earlier.fetch(`${withNewSecret.url}/auth/user/openid`)).status).toBe(401)
    const later = newVisitor()
    await logIn(withBothSecrets, later)
    expect((await later.fetch(`${withNewSecret.url}/auth/user/openid`)).status).toBe(200)
  })

  describe('stop on SIGTERM', () => {
    /** Needs a gateway that has not asked for a token so far. */
    async function stopInMidRefresh(gateway: GatewayProcess) {
      const answer = sign(gateway)
      await until('the refresh is under way', async () => (await keys('*:access:*:lock')).length === 1)
      gateway.kill('SIGTERM')
      await gateway.wrote('stderr', /"stopping"/)
      return answer
    }

    it('in mid-refresh: answers the request, releases the lease and exits cleanly', async () => {
      wechat.faults.next('/cgi-bin/stable_token', { delayMs: 1_500 })
      const { withBothSecrets: gateway } = gateways

      expect((await stopInMidRefresh(gateway)).status).toBe(200)
      expect(await gateway.ended).toEqual({ exitCode: 0, signal: null })
      expect(await keys('*:lock')).toEqual([])
      expect(await keys('*:access:stable:cur')).toHaveLength(1)
    })

    it('while WeChat hangs: answers 503 to waiting requests and releases the lease', async () => {
      wechat.faults.always('/cgi-bin/stable_token', 'hang')
      const { withNewSecret: gateway } = gateways
      const startedAt = performance.now()

      expect(await stopInMidRefresh(gateway)).toMatchObject({
        status: 503,
        json: { status: 503, data: null },
      })
      expect(await gateway.ended).toEqual({ exitCode: 0, signal: null })
      expect(performance.now() - startedAt).toBeLessThan(WECHAT_TIMEOUT_MS)
      expect(await keys('*:lock')).toEqual([])
    })

    it('accepts no new connection, and does not wait for kept ones', async () => {
      const { one: gateway } = gateways
      const agent = new Agent({ keepAlive: true })
      await new Promise<void>(resolve => {
        request(`${gateway.origin}/healthz`, { agent }, res => res.resume().once('end', resolve)).end()
      })
      const stoppedAt = performance.now()
      gateway.kill('SIGTERM')
      expect(await gateway.ended).toEqual({ exitCode: 0, signal: null })
      expect(performance.now() - stoppedAt).toBeLessThan(ANSWERS_MS)
      await expect(exchange(`${gateway.origin}/healthz`, {})).rejects.toThrow(/ECONNREFUSED/)
      agent.destroy()
    })
  })

  describe('without Redis', () => {
    it('frozen: signs pages, answers logins with 503, and reports that it is not ready', async () => {
      const { other: gateway } = gateways
      const visitor = newVisitor()
      await logIn(gateway, visitor)
      await sign(gateway)
      redis.freeze()
      try {
        const startedAt = performance.now()
        const cookies = await visitor.jar.getCookieString(gateway.url)
        const [signed, known, ready] = await Promise.all([
          sign(gateway),
          exchange(`${gateway.url}/auth/user/openid`, { headers: { cookie: cookies } }),
          exchange(`${gateway.origin}/readyz`, {}),
        ])
        expect(signed.status).toBe(200)
        expect(known).toMatchObject({ status: 503, json: { status: 503, data: null } })
        expect(ready.status).toBe(503)
        // The client notices only after its socket timeout that Redis is gone.
        expect(performance.now() - startedAt).toBeLessThan(resilientRedisOptions().socket.socketTimeout)
        expect((await exchange(`${gateway.origin}/healthz`, {})).status).toBe(200)
      } finally {
        redis.thaw()
      }
      await until(
        'it is ready again',
        async () => (await exchange(`${gateway.origin}/readyz`, {})).status === 200,
      )
      expect((await visitor.fetch(`${gateway.url}/auth/user/openid`)).status).toBe(200)
    })

    it('from the start: serves what it can, and logs no password', async () => {
      const gateway = await startGateway({ REDIS_URL: 'redis://:pass-of-redis@127.0.0.1:9/0' })
      expect((await exchange(`${gateway.origin}/readyz`, {})).status).toBe(503)
      expect((await sign(gateway)).status).toBe(200)
      gateway.kill('SIGTERM')
      expect(await gateway.ended).toEqual({ exitCode: 0, signal: null })
      expect(gateway.stderr).toContain('Redis does not answer')
      expect(gateway.stderr).not.toContain('pass-of-redis')
    })
  })
})

describe.skipIf(!redisProgram)('a gateway over', { timeout: 60_000 }, () => {
  async function isServed(url: string): Promise<void> {
    const gateway = await startGateway({ REDIS_URL: url })
    const visitor = newVisitor()
    await logIn(gateway, visitor)
    expect((await visitor.fetch(`${gateway.url}/auth/user/openid`)).status).toBe(200)
    expect((await sign(gateway)).status).toBe(200)
    expect((await exchange(`${gateway.origin}/readyz`, {})).status).toBe(200)
    gateway.kill('SIGTERM')
    expect(await gateway.ended).toEqual({ exitCode: 0, signal: null })
  }

  it('a cluster', async () => {
    const cluster = await startRedisCluster()
    await isServed(`redis+cluster://${cluster.ports.map(port => `127.0.0.1:${port}`).join(',')}`)
    await cluster.close()
  })

  it('sentinels', async () => {
    const pair = await startRedisSentinelPair()
    await isServed(
      `redis+sentinel://${pair.sentinelPorts.map(port => `127.0.0.1:${port}`).join(',')}/${pair.name}`,
    )
    expect(Number(await redisCommand(pair.master.port, 'DBSIZE'))).toBeGreaterThan(2)
    await pair.close()
  })
})
