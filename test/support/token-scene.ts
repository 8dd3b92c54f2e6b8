import { afterAll, beforeAll, beforeEach, onTestFinished } from 'vitest'
import { type RedisServer, redisCommand, startRedis } from './redis-server.ts'
import {
  ANY_API,
  LEGACY_TOKEN,
  type ScriptedWechat,
  type ScriptedWechatOptions,
  startScriptedWechat,
  TOKEN,
} from './scripted-wechat.ts'
import type { WorkerSettings } from './token-worker.ts'
import {
  type Load,
  startLoad,
  startTokenWorkers,
  type TokenWorker,
  type TokenWorkers,
} from './token-workers.ts'
import { until } from './until.ts'

/** A token is refreshed when a quarter of its life is left; WeChat gives a new one a little before that. */
export const LIFE_MS = 4_000
/** How old a token is that will be refreshed in half a second. */
export const AGE_BEFORE_REFRESH_MS = LIFE_MS * 0.75 - 500
const TIMEOUT_MS = 1_500

/** Many processes over one Redis, and WeChat. Each test has an account of its own, and so keys of its own. */
export interface TokenScene {
  readonly wechat: ScriptedWechat
  /** The key of the account's token in Redis. */
  readonly tokenKey: string
  /** Gives all processes a token of this age, and a ticket. */
  start(ageMs?: number): Promise<void>
  /** Starts a load of requests at all processes, which ends with the test. */
  load(everyMs?: number): Load
  /** Waits until a process asks for a token. Its call is held until `letGo` is called. */
  catchLeader(): Promise<{ leader: TokenWorker; letGo(): void }>
  /** Starts a process that replaces a killed one. */
  replace(worker: TokenWorker): Promise<void>
  /** Waits until each process calls WeChat with the token that WeChat issued last. */
  untilNewestIsUsed(): Promise<void>
}

export interface SceneOptions extends ScriptedWechatOptions {
  tokenMode?: WorkerSettings['tokenMode']
  /** @default the Redis that all tests share */
  redis?: WorkerSettings['redis']
}

/** Starts one Redis and the processes for all tests of a file. */
export function useTokenProcesses(count: number) {
  let server: RedisServer
  let workers: TokenWorkers
  let accounts = 0

  beforeAll(async () => {
    server = await startRedis()
    workers = await startTokenWorkers(count)
  })

  afterAll(async () => {
    await workers?.close()
    await server?.close()
  })

  beforeEach(() => {
    accounts += 1
  })

  async function createScene(options: SceneOptions = {}): Promise<TokenScene> {
    const { tokenMode = 'stable', redis = { kind: 'single', url: server.url } } = options
    const appId = `wx00000000000${accounts}`
    const tokenKey = `{wechat:test:${appId}}:access:${tokenMode}:cur`
    const tokenPath = tokenMode === 'stable' ? TOKEN : LEGACY_TOKEN
    let passedMs = 0
    const wechat = await startScriptedWechat({
      ttlMs: LIFE_MS,
      overlapMs: LIFE_MS * 0.3,
      nowMs: () => performance.now() + passedMs,
      ...options,
    })
    onTestFinished(() => wechat.close())

    const settingsFor = (index: number): WorkerSettings => ({
      appId,
      tokenMode,
      apiBaseUrl: `${wechat.baseUrl}/by/${index}`,
      timeoutMs: TIMEOUT_MS,
      redis,
      // Two machines whose clocks are wrong: lives must not depend on them.
      wallOffsetMs: [600_000, -600_000][index] ?? 0,
    })

    /** Lets time pass for WeChat and Redis. The processes, which keep tokens in memory, begin anew. */
    async function age(ms: number): Promise<void> {
      await workers.list[0]?.cold(1)
      passedMs += ms
      const script = "return redis.call('PEXPIRE', KEYS[1], redis.call('PTTL', KEYS[1]) - ARGV[1])"
      const isChanged = await redisCommand(server.port, 'EVAL', script, '1', tokenKey, String(ms))
      if (isChanged !== 1) throw new Error(`Redis has no ${tokenKey}`)
      await workers.configure(settingsFor)
    }

    await workers.configure(settingsFor)
    return {
      wechat,
      tokenKey,
      async start(ageMs = 0) {
        if (ageMs > 0) await age(ageMs)
        await Promise.all(workers.list.map(worker => worker.cold(2)))
      },
      load(everyMs = 200) {
        const load = startLoad(workers, { everyMs })
        onTestFinished(async () => void (await load.stop()))
        return load
      },
      async catchLeader() {
        const before = wechat.count(tokenPath)
        const letGo = wechat.hold(tokenPath)
        await until('a process leads', () => wechat.count(tokenPath) > before)
        const by = wechat.calls.findLast(({ path }) => path === tokenPath)?.by
        const leader = workers.list[Number(by)]
        if (!leader) throw new Error('no process leads')
        return { leader, letGo }
      },
      replace: worker => workers.replace(worker, settingsFor(worker.index)),
      async untilNewestIsUsed() {
        await until('each process uses the newest token', () => {
          const calls = wechat.calls.filter(({ path }) => path === ANY_API)
          return workers.list.every(({ index, isAway }) => {
            const token = calls.findLast(({ by }) => by === String(index))?.query.access_token
            return isAway || token?.startsWith(`token-${wechat.issued()}-`)
          })
        })
      },
    }
  }

  return {
    createScene,
    get server() {
      return server
    },
    get workers() {
      return workers
    },
  }
}
