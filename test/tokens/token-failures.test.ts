import { describe, expect, it } from 'vitest'
import type { WechatError } from '../../src/errors/errors.ts'
import type { TokenStore } from '../../src/tokens/stores/token-store.ts'
import { hang, json, LEGACY_TOKEN, raw, refuse, TICKET, TOKEN } from '../support/scripted-wechat.ts'
import { APP_ID, HOUR, MINUTE, passTime, times, tokenBench } from '../support/token-bench.ts'

describe('a failure to get a token', () => {
  it('is shared by everyone who waits for it', async () => {
    const { manager, wechat } = await tokenBench()
    wechat.always(TOKEN, refuse(40164, 'invalid ip 203.0.113.9, not in whitelist'))
    const errors = await Promise.all(times(100, () => manager.getAccessToken().catch(error => error)))
    for (const error of errors) expect(error).toMatchObject({ errcode: 40164, status: 500 })
    expect(wechat.count(TOKEN)).toBe(1)
  })

  it('pauses briefly; who comes meanwhile waits for the pause to end and then succeeds', async () => {
    const { manager, wechat, clock } = await tokenBench()
    wechat.once(TOKEN, refuse(40164))
    await expect(manager.getAccessToken()).rejects.toMatchObject({ errcode: 40164 })
    const waiting = Promise.all(times(20, () => manager.getAccessToken()))
    await clock.somebodySleeps()
    expect(wechat.count(TOKEN)).toBe(1)
    clock.advance(625)
    expect(new Set(await waiting).size).toBe(1)
    expect(wechat.count(TOKEN)).toBe(2)
  })

  it('that repeats is answered at once from memory, with its own status and when to come back', async () => {
    const { manager, wechat, clock } = await tokenBench()
    wechat.always(TOKEN, refuse(45009, 'reach max api daily quota limit'))
    for (let round = 0; round < 4; round++) {
      await manager.getAccessToken().catch(() => {})
      clock.advance(round < 3 ? 20_000 : 0)
    }
    expect(wechat.count(TOKEN)).toBe(4)
    const error: WechatError = await manager.getAccessToken().catch(thrown => thrown)
    expect(error).toMatchObject({ name: 'WechatApiError', status: 429, errcode: 45009 })
    // 500 ms, doubled three times, give or take a quarter.
    expect(error.retryAfterSeconds).toBeGreaterThanOrEqual(3)
    expect(error.retryAfterSeconds).toBeLessThanOrEqual(5)
    expect(wechat.count(TOKEN)).toBe(4)
  })

  it.each([
    ['what passes by itself', raw(200, '<html>busy</html>'), 8],
    ['a mistake in the configuration', refuse(40125, 'invalid appsecret'), 60],
    ['a spent quota', refuse(45009), 300],
  ])('for %s pauses at most so many seconds', async (_, reply, longestSeconds) => {
    const { manager, wechat, clock } = await tokenBench()
    wechat.always(TOKEN, reply)
    for (let round = 0; round < 12; round++) {
      await manager.getAccessToken().catch(() => {})
      clock.advance(400_000)
    }
    await manager.getAccessToken().catch(() => {})
    const error: WechatError = await manager.getAccessToken().catch(thrown => thrown)
    expect(error.retryAfterSeconds).toBeGreaterThanOrEqual(longestSeconds * 0.75)
    expect(error.retryAfterSeconds).toBeLessThanOrEqual(longestSeconds * 1.25 + 1)
  })

  it('gives a token again at most ten seconds after an outage', async () => {
    const outages = times(2, async () => {
      const { manager, wechat, clock } = await tokenBench()
      wechat.always(TOKEN, raw(502, 'bad gateway'))
      for (let round = 0; round < 8; round++) {
        await manager.getAccessToken().catch(() => {})
        clock.advance(40_000)
      }
      await manager.getAccessToken().catch(() => {})
      wechat.always(TOKEN, undefined)
      clock.advance(10_000)
      expect(await manager.getAccessToken()).toEqual(expect.any(String))
    })
    await Promise.all(outages)
  })

  it('costs WeChat at most ten calls in a minute of a thousand callers a second', async () => {
    const { manager, wechat, clock, settled } = await tokenBench()
    wechat.always(TOKEN, refuse(40125))
    for (let tick = 0; tick < 600; tick++) {
      for (const given of times(100, () => manager.getAccessToken())) given.catch(() => {})
      await settled()
      clock.advance(100)
    }
    expect(wechat.count(TOKEN)).toBeGreaterThan(4)
    expect(wechat.count(TOKEN)).toBeLessThanOrEqual(10)
  })

  it('is forgotten by a success', async () => {
    const { manager, wechat, clock } = await tokenBench()
    wechat.once(TOKEN, refuse(40164), refuse(40164), refuse(40164))
    for (let round = 0; round < 4; round++) {
      await manager.getAccessToken().catch(() => {})
      clock.advance(10_000)
    }
    wechat.always(TOKEN, refuse(40164))
    clock.advance(3 * HOUR)
    await expect(manager.getAccessToken()).rejects.toMatchObject({ errcode: 40164 })
    const waiting = manager.getAccessToken().catch(error => error)
    await clock.somebodySleeps()
    clock.advance(625)
    await waiting
    expect(wechat.count(TOKEN)).toBe(6)
  })

  it('is told as one event per call to WeChat, with what to do and nothing secret', async () => {
    const { manager, wechat, events } = await tokenBench()
    wechat.always(TOKEN, refuse(40164, 'invalid ip 203.0.113.9, not in whitelist'))
    await Promise.all(times(10, () => manager.getJsapiTicket().catch(() => {})))
    expect(events).toMatchObject([
      {
        name: 'refresh-failed',
        event: { appId: APP_ID, credential: 'access_token', code: 'wechat_refused', errcode: 40164 },
      },
    ])
    expect(events[0]?.event).toHaveProperty('message', expect.stringContaining('IP whitelist'))
  })

  it('is not counted against the ticket, which works as soon as the token does', async () => {
    const { manager, wechat, clock } = await tokenBench()
    wechat.always(TOKEN, refuse(40164))
    for (let round = 0; round < 8; round++) {
      await expect(manager.getJsapiTicket()).rejects.toMatchObject({ errcode: 40164, endpoint: TOKEN })
      clock.advance(80_000)
    }
    wechat.always(TOKEN, undefined)
    await expect(manager.getJsapiTicket()).resolves.toMatch(/^ticket-/)
  })

  it('for no answer at all ends within the limit, and is a 504', async () => {
    const { manager, wechat } = await tokenBench({ timeoutMs: 400 })
    wechat.always(TOKEN, hang)
    await expect(manager.getAccessToken()).rejects.toMatchObject({ code: 'wechat_timeout', status: 504 })
  })
})

describe('a leader', () => {
  it('that is silent for five seconds: in stable mode, the follower fetches for itself', async () => {
    const { manager, wechat, clock, store } = await tokenBench()
    await store.acquire(`{wechat:bench:${APP_ID}}:access:stable`, lease)
    const given = manager.getAccessToken()
    await passTime(clock, 5_200)
    await expect(given).resolves.toMatch(/^token-/)
    expect(wechat.count(TOKEN)).toBe(1)
  })

  it('that is silent is waited for in legacy mode, where fetching would do harm: 503', async () => {
    const { manager, wechat, clock, store } = await tokenBench({ tokenMode: 'legacy' })
    await store.acquire(`{wechat:bench:${APP_ID}}:access:legacy`, lease)
    const given = manager.getAccessToken().catch(error => error)
    await passTime(clock, 5_200)
    expect(await given).toMatchObject({ status: 503, code: 'token_wait_timeout', retryAfterSeconds: 1 })
    expect(wechat.calls).toHaveLength(0)
  })

  it('that learns of its lease too late to use it gives it back, and asks again', async () => {
    const { manager, wechat, clock, store } = await tokenBench()
    const deliver = store.holdAnswers()
    const given = manager.getAccessToken()
    await new Promise(setImmediate)
    expect(store.openLeases).toBe(1)
    // The call may take 2 of the lease's 3 seconds.
    clock.advance(1_001)
    deliver()
    await clock.somebodySleeps()
    expect(store.openLeases).toBe(0)
    expect(wechat.calls).toHaveLength(0)
    clock.advance(150)
    await expect(given).resolves.toMatch(/^token-1/)
  })

  it('does not lead twice at once, though the store forgot that it leads', async () => {
    const { manager, wechat, clock, store, settled } = await tokenBench()
    const old = await manager.getAccessToken()
    clock.advance(2 * HOUR - 3 * MINUTE)
    const letGo = wechat.hold(TOKEN)
    await manager.getAccessToken()
    await expect.poll(() => wechat.count(TOKEN)).toBe(2)
    store.empty()
    clock.advance(61_000)
    expect(await manager.getAccessToken()).toBe(old)
    letGo()
    await settled()
    // A second refresh would have been sent while the first one was held.
    expect(wechat.count(TOKEN)).toBe(2)
  })

  it('that was fenced off in the background serves the newer token from then on', async () => {
    const { manager, clock, wechat, store, next } = await tokenBench({ tokenMode: 'legacy' })
    await manager.getAccessToken()
    clock.advance(2 * HOUR - 4 * MINUTE)
    const letGo = wechat.hold(LEGACY_TOKEN)
    await manager.getAccessToken()
    await expect.poll(() => wechat.count(LEGACY_TOKEN)).toBe(2)
    await publishAsAnother(store)
    const fenced = next('fenced')
    letGo()
    await fenced
    expect(await manager.getAccessToken()).toBe('newer')
  })

  it('that comes back too late learns that it was fenced off, and serves the newer token', async () => {
    const { manager, wechat, events, store } = await tokenBench({ tokenMode: 'legacy' })
    const slot = `{wechat:bench:${APP_ID}}:access:legacy`
    const letGo = wechat.hold(LEGACY_TOKEN)
    const given = manager.getAccessToken()
    await expect.poll(() => wechat.calls.length).toBe(1)
    await publishAsAnother(store)
    letGo()
    expect(await given).toBe('newer')
    expect(events.map(({ name }) => name)).toEqual(['fenced'])
    // The late call may have made it invalid: it is trusted for minutes, no longer for hours.
    const left = (await store.acquire(slot, lease)).credential?.remainingMs
    expect(left).toBeLessThanOrEqual(4 * MINUTE)
  })
})

describe('a store that is down', () => {
  it('lets a stable token live on in memory, and then be fetched by each process for itself', async () => {
    const { manager, wechat, clock, events, store } = await tokenBench()
    const first = await manager.getAccessToken()
    store.isAway = true
    clock.advance(HOUR)
    expect(await Promise.all(times(20, () => manager.getAccessToken()))).toEqual(times(20, () => first))
    expect(wechat.count(TOKEN)).toBe(1)
    clock.advance(2 * HOUR)
    expect(new Set(await Promise.all(times(20, () => manager.getAccessToken()))).size).toBe(1)
    expect(wechat.count(TOKEN)).toBe(2)
    expect(events.map(({ name }) => name)).toContain('store-unavailable')
  })

  it('does not keep a stable token from being refreshed ahead', async () => {
    const { manager, wechat, clock, next, store } = await tokenBench()
    const first = await manager.getAccessToken()
    store.isAway = true
    clock.advance(2 * HOUR - 2 * MINUTE)
    const refreshed = next('refresh')
    expect(await manager.getAccessToken()).toBe(first)
    await refreshed
    expect(await manager.getAccessToken()).not.toBe(first)
    expect(wechat.count(TOKEN)).toBe(2)
  })

  it('serves a legacy token for as long as another process cannot have killed it, then nothing', async () => {
    const { manager, wechat, clock, store } = await tokenBench({ tokenMode: 'legacy' })
    const first = await manager.getAccessToken()
    store.isAway = true
    clock.advance(4 * MINUTE - 1_000)
    expect(await manager.getAccessToken()).toBe(first)
    clock.advance(1_000)
    await expect(manager.getAccessToken()).rejects.toMatchObject({
      status: 503,
      code: 'token_store_unavailable',
    })
    expect(wechat.count(LEGACY_TOKEN)).toBe(1)
  })

  it('is told what was fetched as soon as it is back', async () => {
    const { manager, another, wechat, clock, store } = await tokenBench({ tokenMode: 'legacy' })
    store.failOnce('publish')
    const token = await manager.getAccessToken()
    clock.advance(6_000)
    await manager.getAccessToken()
    await new Promise(setImmediate)
    expect(await another().getAccessToken()).toBe(token)
    expect(wechat.count(LEGACY_TOKEN)).toBe(1)
  })

  it('does not bring back, in its next outage, what was fetched in its last', async () => {
    const { manager, another, wechat, clock, store } = await tokenBench()
    store.isAway = true
    const alone = await manager.getAccessToken()
    store.isAway = false
    wechat.revoke()
    const together = await another().getAccessToken()
    expect(together).not.toBe(alone)
    clock.advance(61_000)
    expect(await manager.getAccessToken()).toBe(together)
    store.isAway = true
    clock.advance(2 * HOUR - 4 * MINUTE)
    expect(await manager.getAccessToken()).toBe(together)
    await expect.poll(() => wechat.count(TOKEN)).toBe(3)
    expect(await manager.getAccessToken()).not.toBe(alone)
  })

  it('takes nothing of its error along: it may hold its address, or what it was sent', async () => {
    const { manager, store } = await tokenBench({ tokenMode: 'legacy' })
    store.isAway = true
    const error: Error = await manager.getAccessToken().catch(thrown => thrown)
    expect(`${error.stack}${JSON.stringify(error)}`).not.toContain('redis://')
    expect(error.cause).toBeUndefined()
  })
})

describe('a hiccup of the ticket', () => {
  it('is one hiccup', async () => {
    const { manager, wechat, clock } = await tokenBench()
    wechat.once(TICKET, json({ errcode: 0, ticket: '', expires_in: 7200 }), json({}))
    await expect(manager.getJsapiTicket()).rejects.toMatchObject({ code: 'wechat_protocol' })
    const waiting = manager.getJsapiTicket()
    await clock.somebodySleeps()
    clock.advance(625)
    await expect(waiting).resolves.toMatch(/^ticket-/)
    expect(wechat.count(TOKEN)).toBe(1)
  })
})

const lease = { owner: 'another process', leaseMs: 15_000, refreshBeforeMs: 8_000_000, refreshBeforeRatio: 1 }

/** The leader's lease ended, and another process has led and published since. */
async function publishAsAnother(store: TokenStore & { lastOwner: string }): Promise<void> {
  const slot = `{wechat:bench:${APP_ID}}:access:legacy`
  await store.release(slot, store.lastOwner)
  const answer = await store.acquire(slot, lease)
  const fencingToken = answer.outcome === 'lead' ? answer.fencingToken : Number.NaN
  const { owner } = lease
  await store.publish(slot, {
    owner,
    fencingToken,
    value: 'newer',
    ttlMs: 2 * HOUR,
    leaseAgeMs: 0,
    supersededTtlMs: 0,
  })
}
