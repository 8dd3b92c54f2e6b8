import { describe, expect, it, onTestFinished } from 'vitest'
import {
  redisCommand,
  redisProgram,
  startRedisCluster,
  startRedisSentinelPair,
} from '../support/redis-server.ts'
import { LEGACY_TOKEN, type ScriptedWechat, TICKET, TOKEN } from '../support/scripted-wechat.ts'
import { AGE_BEFORE_REFRESH_MS, LIFE_MS, useTokenProcesses } from '../support/token-scene.ts'
import { failuresOf } from '../support/token-workers.ts'
import { until } from '../support/until.ts'

const PROCESSES = process.env.LONG_RUN ? 8 : 3

describe.skipIf(!redisProgram)('processes whose Redis is lost', { timeout: 60_000 }, () => {
  const processes = useTokenProcesses(PROCESSES)
  const { createScene } = processes

  /** Waits until each process has asked WeChat for a token, counted from now on. */
  async function untilEachFetches(wechat: ScriptedWechat): Promise<void> {
    const first = wechat.calls.length
    await until('each process fetches for itself', () => {
      const fetches = wechat.calls.slice(first).filter(({ path }) => path === TOKEN)
      return new Set(fetches.map(({ by }) => by)).size === PROCESSES
    })
  }

  async function everyProcessWorks(): Promise<boolean> {
    const answers = await Promise.all(processes.workers.list.map(({ url }) => fetch(`${url}/call`)))
    await Promise.all(answers.map(answer => answer.arrayBuffer()))
    return answers.every(({ status }) => status === 200)
  }

  it('fetch for themselves while it is frozen or killed, and share again after', async () => {
    const { server } = processes
    const scene = await createScene()
    const { wechat } = scene
    await scene.start(AGE_BEFORE_REFRESH_MS)
    const startedAt = performance.now()
    const load = scene.load()
    load.phase = 'frozen'
    server.freeze()
    onTestFinished(() => server.thaw())
    await untilEachFetches(wechat)

    load.phase = 'thawed'
    server.thaw()
    await until('Redis has the newest token', async () => isNewestIn(scene.tokenKey, server.port, wechat))

    load.phase = 'flushed'
    await redisCommand(server.port, 'FLUSHALL')
    await until('Redis has the newest token', async () => isNewestIn(scene.tokenKey, server.port, wechat))

    load.phase = 'killed'
    await server.kill()
    await untilEachFetches(wechat)

    load.phase = 'back, empty'
    await server.start()
    await until('Redis has the newest token', async () => isNewestIn(scene.tokenKey, server.port, wechat))
    await scene.untilNewestIsUsed()
    const lives = Math.ceil((performance.now() - startedAt + AGE_BEFORE_REFRESH_MS) / (LIFE_MS * 0.75))
    expect(failuresOf(await load.stop())).toEqual([])
    expect(wechat.deadUses()).toBe(0)
    expect(wechat.count(TOKEN)).toBeLessThanOrEqual(lives + 3 * PROCESSES)
  })

  it('in legacy mode, fail closed: no process asks for a token on its own', async () => {
    const { server } = processes
    const scene = await createScene({ tokenMode: 'legacy' })
    const { wechat } = scene
    await scene.start(AGE_BEFORE_REFRESH_MS)
    const load = scene.load()
    await server.kill()
    const before = wechat.count(LEGACY_TOKEN)
    load.phase = 'away'
    await until('each process fails', () => {
      const failed = load.answers.filter(({ ok }) => !ok)
      return processes.workers.list.every(
        ({ index }) => failed.filter(({ worker }) => worker === index).length >= 2,
      )
    })
    expect(wechat.count(LEGACY_TOKEN)).toBeLessThanOrEqual(before + 1)
    await server.start()
    await until('every process works again', everyProcessWorks)
    load.phase = 'back'
    await load.untilAnswered(4)
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
    const scene = await createScene({ redis: { kind: 'cluster', ports: cluster.ports } })
    await Promise.all(processes.workers.list.map(worker => worker.cold(20)))
    expect(scene.wechat.count(TOKEN)).toBe(1)
    expect(scene.wechat.count(TICKET)).toBe(1)
  })

  it('over Redis Sentinel, live through a failover', async () => {
    const pair = await startRedisSentinelPair()
    onTestFinished(() => pair.close())
    const scene = await createScene({
      redis: { kind: 'sentinel', name: pair.name, ports: pair.sentinelPorts },
    })
    const { wechat } = scene
    await scene.start()
    const load = scene.load()
    await load.untilAnswered(2)
    const startedAt = performance.now()
    await pair.master.kill()
    const [sentinelPort = 0] = pair.sentinelPorts
    let masterPort = pair.master.port
    await until(
      'the replica was promoted',
      async () => {
        const command = ['SENTINEL', 'GET-MASTER-ADDR-BY-NAME', pair.name]
        const [, port] = (await redisCommand(sentinelPort, ...command)) as string[]
        masterPort = Number(port)
        return masterPort !== pair.master.port
      },
      40_000,
    )
    const issued = wechat.issued()
    await until('the next refresh', () => wechat.issued() > issued)
    await until('the new master has the newest token', () => isNewestIn(scene.tokenKey, masterPort, wechat))
    await scene.untilNewestIsUsed()
    const lives = Math.ceil((performance.now() - startedAt) / (LIFE_MS * 0.75))
    expect(failuresOf(await load.stop())).toEqual([])
    expect(wechat.deadUses()).toBe(0)
    expect(wechat.count(TOKEN)).toBeLessThanOrEqual(1 + lives + PROCESSES)
  })
})

async function isNewestIn(key: string, port: number, wechat: ScriptedWechat): Promise<boolean> {
  const stored = await redisCommand(port, 'GET', key)
  return String(stored).includes(`|token-${wechat.issued()}-`)
}
