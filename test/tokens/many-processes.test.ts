import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFinished } from 'vitest'
import {
  type RedisServer,
  redisCommand,
  redisProgram,
  startRedis,
  startRedisCluster,
  startRedisSentinelPair,
} from '../support/redis-server.ts'
import {
  ANY_API,
  LEGACY_TOKEN,
  refuse,
  reset,
  type ScriptedWechat,
  startScriptedWechat,
  TICKET,
  TOKEN,
} from '../support/scripted-wechat.ts'
import type { WorkerSettings } from '../support/token-worker.ts'
import {
  failuresOf,
  type Load,
  startLoad,
  startTokenWorkers,
  type TokenWorker,
  type TokenWorkers,
} from '../support/token-workers.ts'
import { until } from '../support/until.ts'

const PROCESSES = 8
/** A token is refreshed when a quarter of its life is left; WeChat gives a new one a little before that. */
const LIFE_MS = 4_000
const timing = { ttlMs: LIFE_MS, overlapMs: LIFE_MS * 0.3 }
const TIMEOUT_MS = 1_500

const pause = (ms: number) => new Promise<void>(done => setTimeout(done, ms))

describe.skipIf(!redisProgram)('many processes over one Redis', { timeout: 60_000 }, () => {
  let server: RedisServer
  let workers: TokenWorkers
  let account = 0

  beforeAll(async () => {
    server = await startRedis()
    workers = await startTokenWorkers(PROCESSES)
  })

  afterAll(async () => {
    await workers?.close()
    await server?.close()
  })

  // Each test has an account of its own, and so keys of its own.
  beforeEach(() => {
    account += 1
  })

  const settingsFor =
    (wechat: ScriptedWechat, more: Partial<WorkerSettings> = {}) =>
    (index: number): WorkerSettings => ({
      appId: `wx00000000000${account}`,
      tokenMode: 'stable',
      apiBaseUrl: `${wechat.baseUrl}/by/${index}`,
      timeoutMs: TIMEOUT_MS,
      redis: { kind: 'single', url: server.url },
      // Two machines whose clocks are wrong: lives must not depend on them.
      wallOffsetMs: [600_000, -600_000][index] ?? 0,
      ...more,
    })

  async function scene(options: object = timing, more: Partial<WorkerSettings> = {}) {
    const wechat = await startScriptedWechat(options)
    onTestFinished(() => wechat.close())
    await workers.configure(settingsFor(wechat, more))
    return wechat
  }

  /** Forty requests a second over all processes, unless a test needs more. */
  function loaded(everyMs = 200): Load {
    const load = startLoad(workers, { everyMs })
    onTestFinished(async () => void (await load.stop()))
    return load
  }

  /** Waits until somebody asks for a token, whose call is then held. */
  async function catchLeader(
    wechat: ScriptedWechat,
    path: string,
  ): Promise<{ leader: TokenWorker; letGo(): void }> {
    const before = wechat.count(path)
    const letGo = wechat.hold(path)
    await until('somebody leads', () => wechat.count(path) > before)
    const by = wechat.calls.findLast(call => call.path === path)?.by
    const leader = workers.list[Number(by)]
    if (!leader) throw new Error('nobody leads')
    return { leader, letGo }
  }

  async function everyProcessWorks(): Promise<boolean> {
    const answers = await Promise.all(workers.list.map(({ url }) => fetch(`${url}/call`)))
    await Promise.all(answers.map(answer => answer.arrayBuffer()))
    return answers.every(({ status }) => status === 200)
  }

  it('start cold with 100 callers each: one token call and one ticket call', async () => {
    const wechat = await scene({})
    const values = await Promise.all(workers.list.map(worker => worker.cold(100)))
    expect(new Set(values.flat()).size).toBe(2)
    expect(wechat.count(TOKEN)).toBe(1)
    expect(wechat.count(TICKET)).toBe(1)
  })

  it('live through five token lives: one call per life, no failure, no use of a dead token', async () => {
    const wechat = await scene()
    const load = loaded()
    const startedAt = performance.now()
    await until('five lives', () => wechat.issued() >= 6, 40_000)
    const lives = (performance.now() - startedAt) / (LIFE_MS * 0.75)
    const answers = await load.stop()
    expect(failuresOf(answers)).toEqual([])
    expect(answers.length).toBeGreaterThan(100)
    expect(wechat.deadUses()).toBe(0)
    expect(wechat.count(TOKEN)).toBe(wechat.issued())
    expect(wechat.count(TOKEN)).toBeLessThanOrEqual(Math.ceil(lives) + 1)
    expect(wechat.mostTokenCallsAtOnce()).toBe(1)
    expect(wechat.count(TICKET)).toBe(1)
  })

  it('do not suffer when the leader is killed in mid-refresh', async () => {
    const wechat = await scene()
    await Promise.all(workers.list.map(worker => worker.cold(2)))
    const load = loaded()
    const { leader, letGo } = await catchLeader(wechat, TOKEN)
    leader.signal('SIGKILL')
    letGo()
    await until('another one leads', () => wechat.count(TOKEN) >= 3)
    await pause(1_000)
    const answers = await load.stop()
    expect(failuresOf(answers)).toEqual([])
    expect(wechat.deadUses()).toBe(0)
    expect(wechat.count(TOKEN)).toBe(3)
    await workers.replace(leader, settingsFor(wechat)(leader.index))
  })

  it('do not suffer when the leader stands still past its lease, nor when it moves on', async () => {
    const wechat = await scene()
    await Promise.all(workers.list.map(worker => worker.cold(2)))
    const load = loaded()
    const { leader, letGo } = await catchLeader(wechat, TOKEN)
    leader.signal('SIGSTOP')
    letGo()
    await until('another one leads', () => wechat.count(TOKEN) >= 3)
    leader.signal('SIGCONT')
    await pause(1_500)
    const answers = await load.stop()
    expect(failuresOf(answers)).toEqual([])
    // A request that was on its way when its process was stopped may arrive with a token that died meanwhile: it is
    // repeated with a new one, and nobody fails. Each tick of the load has one such request at the stopped process.
    expect(wechat.deadUses()).toBeLessThanOrEqual(2)
  })

  it('replace a revoked token by one refresh, and nobody fails', async () => {
    const wechat = await scene({})
    await Promise.all(workers.list.map(worker => worker.cold(2)))
    const load = loaded(40)
    await pause(500)
    wechat.revoke()
    await pause(1_500)
    expect(failuresOf(await load.stop())).toEqual([])
    expect(wechat.deadUses()).toBeGreaterThan(0)
    expect(wechat.count(TOKEN)).toBe(2)
  })

  it('ask for at most two tokens while WeChat refuses every one for 8 seconds', async () => {
    const wechat = await scene({})
    await Promise.all(workers.list.map(worker => worker.cold(2)))
    wechat.always(ANY_API, refuse(40001))
    const before = wechat.count(TOKEN)
    const load = loaded(40)
    await pause(8_000)
    const answers = await load.stop()
    expect(answers.filter(({ what }) => what === 'call').length).toBeGreaterThan(50)
    expect(failuresOf(answers.filter(({ what }) => what === 'call'))).toEqual([
      'steady: call: 502 wechat_refused',
    ])
    expect(failuresOf(answers.filter(({ what }) => what === 'jssdk'))).toEqual([])
    expect(wechat.count(TOKEN) - before).toBeLessThanOrEqual(2)
  })

  it('serve their cached token and call WeChat rarely while WeChat issues no token', async () => {
    // A long last quarter, at whose beginning WeChat is in trouble.
    const wechat = await scene({ ttlMs: 16_000, overlapMs: 4_800 })
    await Promise.all(workers.list.map(worker => worker.cold(2)))
    wechat.always(TOKEN, reset)
    const before = wechat.count(TOKEN)
    await pause(11_000)
    const load = loaded()
    await until('somebody tries', () => wechat.count(TOKEN) > before)
    await pause(700)
    // Pauses of half a second and of one, and each failure is two attempts.
    expect(wechat.count(TOKEN) - before).toBeLessThanOrEqual(6)
    wechat.always(TOKEN, undefined)
    wechat.delayMs = 400
    await until('a new one', () => wechat.issued() >= 2)
    await pause(2_500)
    expect(failuresOf(await load.stop())).toEqual([])
    expect(wechat.deadUses()).toBe(0)
    expect(wechat.issued()).toBe(2)
  })

  it('in legacy mode, rotate and lose leaders without a use of a token that a refresh killed', async () => {
    const wechat = await scene(timing, { tokenMode: 'legacy' })
    await Promise.all(workers.list.map(worker => worker.cold(2)))
    const load = loaded()
    const { leader, letGo } = await catchLeader(wechat, LEGACY_TOKEN)
    leader.signal('SIGSTOP')
    letGo()
    await until('another one leads', () => wechat.count(LEGACY_TOKEN) >= 3)
    leader.signal('SIGCONT')
    await until('it goes on', () => wechat.count(LEGACY_TOKEN) >= 5)
    expect(failuresOf(await load.stop())).toEqual([])
    expect(wechat.deadUses()).toBe(0)
  })

  it('in legacy mode, fail closed while Redis is gone: nobody asks for a token on its own', async () => {
    const wechat = await scene(timing, { tokenMode: 'legacy' })
    await Promise.all(workers.list.map(worker => worker.cold(2)))
    const load = loaded()
    await server.kill()
    const before = wechat.count(LEGACY_TOKEN)
    load.phase = 'away'
    await pause(5_000)
    expect(wechat.count(LEGACY_TOKEN)).toBeLessThanOrEqual(before + 1)
    await server.start()
    await until('every process works again', everyProcessWorks)
    load.phase = 'back'
    await pause(1_000)
    const answers = await load.stop()
    const calls = answers.filter(({ what }) => what === 'call')
    expect(failuresOf(calls.filter(({ phase }) => phase !== 'back'))).toEqual([
      'away: call: 503 token_store_unavailable',
    ])
    expect(failuresOf(answers.filter(({ phase }) => phase === 'back'))).toEqual([])
    expect(wechat.deadUses()).toBe(0)
  })

  it('over Redis Cluster, start cold with one call', async () => {
    const cluster = await startRedisCluster()
    onTestFinished(() => cluster.close())
    const wechat = await scene({}, { redis: { kind: 'cluster', ports: cluster.ports } })
    await Promise.all(workers.list.map(worker => worker.cold(20)))
    expect(wechat.count(TOKEN)).toBe(1)
    expect(wechat.count(TICKET)).toBe(1)
  })

  it('over Redis Sentinel, live through a failover', async () => {
    const pair = await startRedisSentinelPair()
    onTestFinished(() => pair.close())
    const wechat = await scene(timing, {
      redis: { kind: 'sentinel', name: pair.name, ports: pair.sentinelPorts },
    })
    await Promise.all(workers.list.map(worker => worker.cold(2)))
    const load = loaded()
    await pause(1_000)
    const startedAt = performance.now()
    await pair.master.kill()
    await until(
      'the replica was promoted',
      async () => {
        const [, port] = (await redisCommand(
          pair.sentinelPorts[0] ?? 0,
          'SENTINEL',
          'GET-MASTER-ADDR-BY-NAME',
          pair.name,
        )) as string[]
        return port !== String(pair.master.port)
      },
      40_000,
    )
    await pause(5_000)
    const lives = Math.ceil((performance.now() - startedAt) / (LIFE_MS * 0.75))
    expect(failuresOf(await load.stop())).toEqual([])
    expect(wechat.deadUses()).toBe(0)
    expect(wechat.count(TOKEN)).toBeLessThanOrEqual(1 + lives + PROCESSES)
  })
})
