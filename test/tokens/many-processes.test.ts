import { describe, expect, it, onTestFinished } from 'vitest'
import { redisProgram } from '../support/redis-server.ts'
import { ANY_API, LEGACY_TOKEN, refuse, reset, TICKET, TOKEN } from '../support/scripted-wechat.ts'
import { AGE_BEFORE_REFRESH_MS, LIFE_MS, useTokenProcesses } from '../support/token-scene.ts'
import { failuresOf } from '../support/token-workers.ts'
import { until } from '../support/until.ts'

const PROCESSES = process.env.LONG_RUN ? 8 : 4
/** How many tokens follow the first one, and how many calls WeChat refuses. */
const [REFRESHES, REFUSALS] = process.env.LONG_RUN ? [5, 400] : [2, 60]

describe.skipIf(!redisProgram)('many processes over one Redis', { timeout: 60_000 }, () => {
  const processes = useTokenProcesses(PROCESSES)
  const { createScene } = processes

  it('start cold with 100 callers each: one token call and one ticket call', async () => {
    const { wechat } = await createScene()
    const values = await Promise.all(processes.workers.list.map(worker => worker.cold(100)))
    expect(new Set(values.flat()).size).toBe(2)
    expect(wechat.count(TOKEN)).toBe(1)
    expect(wechat.count(TICKET)).toBe(1)
  })

  it(`refresh ${REFRESHES} times, by one call each, without a failure or a use of a dead token`, async () => {
    const { wechat, start, load: startLoad, untilNewestIsUsed } = await createScene()
    await start(AGE_BEFORE_REFRESH_MS)
    const startedAt = performance.now()
    const load = startLoad()
    await until('the refreshes', () => wechat.issued() > REFRESHES, 40_000)
    await untilNewestIsUsed()
    const passedMs = AGE_BEFORE_REFRESH_MS + performance.now() - startedAt
    const answers = await load.stop()
    expect(failuresOf(answers)).toEqual([])
    expect(wechat.deadUses()).toBe(0)
    expect(wechat.count(TOKEN)).toBe(wechat.issued())
    expect(wechat.count(TOKEN)).toBeLessThanOrEqual(Math.ceil(passedMs / (LIFE_MS * 0.75)) + 1)
    expect(wechat.mostTokenCallsAtOnce()).toBe(1)
    expect(wechat.count(TICKET)).toBe(1)
  })

  it('do not suffer when the leader is killed in mid-refresh', async () => {
    const { wechat, start, load: startLoad, catchLeader, replace, untilNewestIsUsed } = await createScene()
    await start(AGE_BEFORE_REFRESH_MS)
    const load = startLoad()
    const { leader, letGo } = await catchLeader()
    const before = wechat.count(TOKEN)
    onTestFinished(() => replace(leader))
    leader.signal('SIGKILL')
    letGo()
    await until('another one leads', () => wechat.count(TOKEN) > before)
    await untilNewestIsUsed()
    expect(failuresOf(await load.stop())).toEqual([])
    expect(wechat.deadUses()).toBe(0)
    // The killed leader's call got no answer, and one process has repeated it. Later refreshes are one call each.
    expect(wechat.count(TOKEN)).toBeLessThanOrEqual(wechat.issued() + 1)
  })

  it('do not suffer when the leader stands still past its lease, nor when it moves on', async () => {
    const { wechat, start, load: startLoad, catchLeader, untilNewestIsUsed } = await createScene()
    await start(AGE_BEFORE_REFRESH_MS)
    const load = startLoad()
    const { leader, letGo } = await catchLeader()
    const before = wechat.count(TOKEN)
    onTestFinished(() => leader.signal('SIGCONT'))
    leader.signal('SIGSTOP')
    letGo()
    await until('another one leads', () => wechat.count(TOKEN) > before)
    leader.signal('SIGCONT')
    await untilNewestIsUsed()
    expect(failuresOf(await load.stop())).toEqual([])
    // A request that was on its way when its process was stopped may arrive with a token that died meanwhile: it is
    // repeated with a new one, and nobody fails. Each tick of the load has one such request at the stopped process.
    expect(wechat.deadUses()).toBeLessThanOrEqual(2)
  })

  it('replace a revoked token by one refresh, and nobody fails', async () => {
    const { wechat, start, load: startLoad, untilNewestIsUsed } = await createScene({ ttlMs: 7_200_000 })
    await start()
    const load = startLoad(40)
    await load.untilAnswered(4)
    wechat.revoke()
    await until('a new token', () => wechat.issued() === 2)
    await untilNewestIsUsed()
    await load.untilAnswered(4)
    expect(failuresOf(await load.stop())).toEqual([])
    expect(wechat.deadUses()).toBeGreaterThan(0)
    expect(wechat.count(TOKEN)).toBe(2)
  })

  it(`ask for at most two tokens while WeChat refuses ${REFUSALS} calls`, async () => {
    const { wechat, start, load: startLoad } = await createScene({ ttlMs: 7_200_000 })
    await start()
    wechat.always(ANY_API, refuse(40001))
    const before = wechat.count(TOKEN)
    const load = startLoad(40)
    const calls = () => load.answers.filter(({ what }) => what === 'call')
    await until('the refusals', () => calls().length >= REFUSALS)
    const answers = await load.stop()
    expect(failuresOf(calls())).toEqual(['steady: call: 502 wechat_refused'])
    expect(calls().every(({ ok }) => !ok)).toBe(true)
    expect(failuresOf(answers.filter(({ what }) => what === 'jssdk'))).toEqual([])
    expect(wechat.count(TOKEN) - before).toBeLessThanOrEqual(2)
  })

  it('serve their cached token and call WeChat rarely while WeChat issues no token', async () => {
    // A long last quarter, at whose beginning WeChat is in trouble.
    const scene = await createScene({ ttlMs: 40_000, overlapMs: 12_000 })
    const { wechat } = scene
    await scene.start(29_500)
    wechat.always(TOKEN, reset)
    const before = wechat.count(TOKEN)
    const startedAt = performance.now()
    const load = scene.load()
    await until('a process tries', () => wechat.count(TOKEN) > before)
    await load.untilAnswered(8)
    // The pauses are half a second, one second, two and so on, each shorter by at most a quarter.
    const pauses = Math.floor(Math.log2(1 + (performance.now() - startedAt) / 375))
    // A failure is two attempts.
    expect(wechat.count(TOKEN) - before).toBeLessThanOrEqual(2 * (1 + pauses))
    wechat.delayMs = 400
    wechat.always(TOKEN, undefined)
    await until('a new token', () => wechat.issued() >= 2)
    await scene.untilNewestIsUsed()
    expect(failuresOf(await load.stop())).toEqual([])
    expect(wechat.deadUses()).toBe(0)
    expect(wechat.issued()).toBe(2)
  })

  it('in legacy mode, rotate and lose leaders without a use of a token that a refresh killed', async () => {
    const scene = await createScene({ tokenMode: 'legacy' })
    const { wechat } = scene
    await scene.start(AGE_BEFORE_REFRESH_MS)
    const load = scene.load()
    const { leader, letGo } = await scene.catchLeader()
    const before = wechat.count(LEGACY_TOKEN)
    onTestFinished(() => leader.signal('SIGCONT'))
    leader.signal('SIGSTOP')
    letGo()
    await until('another one leads', () => wechat.count(LEGACY_TOKEN) > before)
    leader.signal('SIGCONT')
    await until('the next refresh', () => wechat.count(LEGACY_TOKEN) > before + 1)
    await scene.untilNewestIsUsed()
    expect(failuresOf(await load.stop())).toEqual([])
    expect(wechat.deadUses()).toBe(0)
  })
})
