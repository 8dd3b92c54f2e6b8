import { describe, expect, it } from 'vitest'
import { ANY_API, json, LEGACY_TOKEN, refuse, TICKET, TOKEN } from '../support/scripted-wechat.ts'
import { APP_ID, HOUR, MINUTE, times, tokenBench } from '../support/token-bench.ts'

describe('the first callers', () => {
  it('share one token call and one ticket call, a hundred at once', async () => {
    const { manager, wechat } = await tokenBench()
    const tickets = times(100, () => manager.getJsapiTicket())
    const tokens = times(100, () => manager.getAccessToken())
    expect(new Set(await Promise.all(tokens)).size).toBe(1)
    expect(new Set(await Promise.all(tickets)).size).toBe(1)
    expect(wechat.calls.map(call => call.path)).toEqual([TOKEN, TICKET])
  })

  it('are the first cause of a call: making a manager calls nobody', async () => {
    const { wechat, clock } = await tokenBench()
    clock.advance(3 * HOUR)
    await new Promise(setImmediate)
    expect(wechat.calls).toHaveLength(0)
  })

  it('get a token for their account only, also over one store', async () => {
    const { manager, another, wechat } = await tokenBench()
    const appIds = [APP_ID, 'wxfedcba9876543210']
    await Promise.all([manager, another({ appId: 'wxfedcba9876543210' })].map(each => each.getAccessToken()))
    expect(wechat.calls.map(call => JSON.parse(call.body).appid).sort()).toEqual(appIds)
  })

  it('may give up waiting, which stops nobody else', async () => {
    const { manager, wechat } = await tokenBench()
    const letGo = wechat.hold(TOKEN)
    const impatient = new AbortController()
    const given = manager.getAccessToken({ signal: impatient.signal })
    const other = manager.getAccessToken()
    impatient.abort(new Error('gone'))
    await expect(given).rejects.toThrow('gone')
    letGo()
    await expect(other).resolves.toMatch(/^token-1/)
    await expect(manager.getAccessToken({ signal: AbortSignal.abort(new Error('before')) })).rejects.toThrow(
      'before',
    )
  })
})

describe('stable and legacy tokens', () => {
  it('asks for the stable token with the secret in the body, never in the address', async () => {
    const { manager, wechat } = await tokenBench()
    await manager.getAccessToken()
    expect(wechat.calls).toMatchObject([{ path: TOKEN, method: 'POST', query: {} }])
    expect(JSON.parse(wechat.calls[0]?.body ?? '')).toMatchObject({
      grant_type: 'client_credential',
      appid: APP_ID,
    })
    expect(wechat.calls[0]?.body).not.toContain('force_refresh')
  })

  it('asks for the legacy token where that was chosen', async () => {
    const { manager, wechat } = await tokenBench({ tokenMode: 'legacy' })
    await manager.getAccessToken()
    expect(wechat.calls).toMatchObject([{ path: LEGACY_TOKEN, method: 'GET' }])
  })

  it('keeps the tokens of the two modes apart in one store', async () => {
    const { manager, another } = await tokenBench()
    const legacy = another({ tokenMode: 'legacy' })
    expect(await legacy.getAccessToken()).not.toBe(await manager.getAccessToken())
  })
})

describe('refreshing ahead', () => {
  it('serves the old token to everyone while the new one is on its way, and nobody waits', async () => {
    const { manager, wechat, clock, next } = await tokenBench()
    const old = await manager.getAccessToken()
    clock.advance(2 * HOUR - 3 * MINUTE)
    const letGo = wechat.hold(TOKEN)
    expect(await Promise.all(times(50, () => manager.getAccessToken()))).toEqual(times(50, () => old))
    await expect.poll(() => wechat.count(TOKEN)).toBe(2)
    expect(await manager.getAccessToken()).toBe(old)
    const refreshed = next('refresh')
    letGo()
    await refreshed
    expect(await manager.getAccessToken()).not.toBe(old)
    expect(wechat.count(TOKEN)).toBe(2)
  })

  it('asks for a stable token in its last five minutes only', async () => {
    const { manager, wechat, clock, settled } = await tokenBench()
    await manager.getAccessToken()
    for (let minute = 0; minute < 115; minute++) {
      clock.advance(MINUTE)
      await manager.getAccessToken()
      await settled()
    }
    expect(wechat.count(TOKEN)).toBe(1)
  })

  it('needs one token call per life, and none of its tokens is ever dead', async () => {
    const { manager, wechat, clock, settled } = await tokenBench()
    for (let second = 0; second < 10 * 3600; second += 40) {
      await manager.request(ANY_API)
      await settled()
      clock.advance(40_000)
    }
    expect(wechat.deadUses()).toBe(0)
    expect(wechat.count(TOKEN)).toBeLessThanOrEqual(6)
  })

  it('keeps serving the old one to its last seconds while WeChat is down', async () => {
    const { manager, wechat, clock, next } = await tokenBench()
    const old = await manager.getAccessToken()
    wechat.always(TOKEN, refuse(45009))
    clock.advance(2 * HOUR - 3 * MINUTE)
    const failed = next('refresh-failed')
    expect(await manager.getAccessToken()).toBe(old)
    await failed
    clock.advance(2 * MINUTE + 49_000)
    expect(await manager.getAccessToken()).toBe(old)
    clock.advance(2_000)
    await expect(manager.getAccessToken()).rejects.toMatchObject({ status: 429 })
  })

  it('is not undone by an older answer of the store that was on its way', async () => {
    const { manager, wechat, clock, store, next } = await tokenBench()
    await manager.getAccessToken()
    clock.advance(2 * HOUR - 3 * MINUTE)
    const letGo = wechat.hold(TOKEN)
    const old = await manager.getAccessToken()
    await expect.poll(() => wechat.count(TOKEN)).toBe(2)
    // So old that it is checked before it is served.
    clock.advance(61_000)
    const deliver = store.holdAnswers()
    const given = manager.getAccessToken()
    await new Promise(setImmediate)
    clock.advance(1)
    const refreshed = next('refresh')
    letGo()
    await refreshed
    deliver()
    expect(await given).not.toBe(old)
  })

  it('waits where the last one is over', async () => {
    const { manager, clock } = await tokenBench()
    const old = await manager.getAccessToken()
    clock.advance(3 * HOUR)
    expect(await manager.getAccessToken()).not.toBe(old)
  })
})

describe('how long WeChat says that a token lives', () => {
  it.each([
    ['a numeric string', '7200', 7200],
    ['more than WeChat ever gives', 1e9, 7200],
    ['a short rest', 345, 345],
    ['one second', 1, 1],
  ])('takes %s', async (_, expiresIn, seconds) => {
    const { manager, wechat, clock } = await tokenBench()
    wechat.once(TOKEN, json({ access_token: 'first', expires_in: expiresIn }))
    expect(await manager.getAccessToken()).toBe('first')
    clock.advance(seconds * 1000 * 0.6)
    expect(await manager.getAccessToken()).toBe('first')
    clock.advance(seconds * 1000 * 0.4)
    expect(await manager.getAccessToken()).toMatch(/^token-/)
  })

  it.each([[0], [-1], ['soon'], [null], [undefined], [{}], [''], ['1e9999']])(
    'refuses %j',
    async expiresIn => {
      const { manager, wechat } = await tokenBench()
      wechat.always(TOKEN, json({ access_token: 'first', expires_in: expiresIn }))
      await expect(manager.getAccessToken()).rejects.toMatchObject({ code: 'wechat_protocol', status: 502 })
    },
  )

  it('counts a life from the moment of asking', async () => {
    const { manager, wechat, clock } = await tokenBench()
    const letGo = wechat.hold(TOKEN)
    const first = manager.getAccessToken()
    wechat.once(TOKEN, json({ access_token: 'first', expires_in: 100 }))
    await expect.poll(() => wechat.count(TOKEN)).toBe(1)
    clock.advance(50_000)
    letGo()
    expect(await first).toBe('first')
    clock.advance(50_000)
    expect(await manager.getAccessToken()).not.toBe('first')
  })

  it('calls a token that is over on arrival a failure, and asks no faster than after one', async () => {
    const { manager, wechat, clock } = await tokenBench()
    wechat.always(TOKEN, json({ access_token: 'first', expires_in: 0.0001 }))
    await expect(manager.getAccessToken()).rejects.toMatchObject({ code: 'wechat_protocol' })
    const waiting = manager.getAccessToken().catch(error => error)
    await clock.somebodySleeps()
    expect(wechat.count(TOKEN)).toBe(1)
    clock.advance(1_000)
    await waiting
    expect(wechat.count(TOKEN)).toBe(2)
  })
})

describe('a dead token', () => {
  it.each([40001, 40014, 42001])(
    'is replaced by exactly one refresh while 40 requests run (%i)',
    async errcode => {
      const { manager, wechat } = await tokenBench()
      const dead = await manager.getAccessToken()
      wechat.revoke()
      wechat.always(ANY_API, (res, call) =>
        call.query.access_token === dead
          ? refuse(errcode)(res, call)
          : json({ errcode: 0, tags: [] })(res, call),
      )
      const answers = await Promise.all(times(40, () => manager.request(ANY_API)))
      expect(answers).toEqual(times(40, () => ({ errcode: 0, tags: [] })))
      expect(wechat.count(TOKEN)).toBe(2)
    },
  )

  it('that stays dead is a 502 after one retry, and costs no further refreshes', async () => {
    const { manager, wechat, clock, store } = await tokenBench()
    await manager.getAccessToken()
    // WeChat insists on a token that it refuses.
    wechat.always(ANY_API, refuse(40001))
    for (let second = 0; second < 8; second++) {
      const errors = await Promise.all(times(20, () => manager.request(ANY_API).catch(error => error)))
      for (const error of errors) expect(error).toMatchObject({ errcode: 40001, status: 502 })
      clock.advance(1_000)
    }
    expect(wechat.count(TOKEN)).toBe(2)
    await manager.getAccessToken()
    const { lastOwner } = store
    await manager.request(ANY_API).catch(() => {})
    expect(store.lastOwner).toBe(lastOwner)
  })

  it('that was reported late does not cost the new one, not even a question to the store', async () => {
    const { manager, wechat, store } = await tokenBench()
    const dead = await manager.getAccessToken()
    wechat.revoke()
    await manager.invalidate(dead)
    const good = await manager.getAccessToken()
    const { lastOwner } = store
    await manager.invalidate(dead)
    expect(await manager.getAccessToken()).toBe(good)
    expect(store.lastOwner).toBe(lastOwner)
    expect(wechat.count(TOKEN)).toBe(2)
  })

  it('is noticed by the ticket, which is read with a new one', async () => {
    const { manager, wechat } = await tokenBench()
    await manager.getAccessToken()
    wechat.revoke()
    expect(await manager.getJsapiTicket()).toMatch(/^ticket-1/)
    expect(wechat.count(TOKEN)).toBe(2)
    expect(wechat.count(TICKET)).toBe(2)
  })

  it('is told as an event without its value, and the ticket can be reported likewise', async () => {
    const { manager, events, wechat } = await tokenBench()
    const [token, ticket] = [await manager.getAccessToken(), await manager.getJsapiTicket()]
    await manager.invalidate(token)
    await manager.invalidate(ticket)
    expect(events.filter(({ name }) => name === 'invalidated').map(({ event }) => event)).toEqual([
      { appId: APP_ID, credential: 'access_token' },
      { appId: APP_ID, credential: 'jsapi_ticket' },
    ])
    await manager.getJsapiTicket()
    expect(wechat.count(TICKET)).toBe(2)
  })

  it('is replaced in no other process by a call to WeChat: it finds the new one in the store', async () => {
    const { manager, another, wechat } = await tokenBench()
    const other = another()
    const dead = await manager.getAccessToken()
    expect(await other.getAccessToken()).toBe(dead)
    wechat.revoke()
    await manager.request(ANY_API)
    await other.request(ANY_API)
    expect(wechat.count(TOKEN)).toBe(2)
  })
})

describe('the ticket', () => {
  it('is read again after ten minutes, in the background', async () => {
    const { manager, wechat, clock, settled } = await tokenBench()
    const old = await manager.getJsapiTicket()
    clock.advance(10 * MINUTE - 1_000)
    await manager.getJsapiTicket()
    await settled()
    expect(wechat.count(TICKET)).toBe(1)

    wechat.revoke()
    clock.advance(MINUTE + 2_000)
    expect(await manager.getJsapiTicket()).toBe(old)
    await settled()
    expect(await manager.getJsapiTicket()).not.toBe(old)
  })

  it('that lives shortly is read again by a share of its life', async () => {
    const { manager, wechat, clock, settled } = await tokenBench()
    wechat.always(TICKET, json({ errcode: 0, ticket: 'short', expires_in: 600 }))
    for (let second = 0; second < 100; second++) {
      await manager.getJsapiTicket()
      await settled()
      clock.advance(1_000)
    }
    // A twelfth of its life is 50 seconds.
    expect(wechat.count(TICKET)).toBe(2)
  })

  it('costs at most 145 calls in a day, however often it is asked for', async () => {
    const { manager, wechat, clock, settled } = await tokenBench()
    for (let minute = 0; minute < 24 * 60; minute++) {
      await manager.getJsapiTicket()
      await settled()
      clock.advance(MINUTE)
    }
    expect(wechat.count(TICKET)).toBeLessThanOrEqual(145)
    expect(wechat.count(TICKET)).toBeGreaterThanOrEqual(120)
    expect(wechat.count(TOKEN)).toBeLessThanOrEqual(13)
  })

  it('that WeChat has not confirmed for 30 minutes is not served: the request waits for one', async () => {
    const { manager, wechat, clock } = await tokenBench()
    const old = await manager.getJsapiTicket()
    wechat.revoke()
    clock.advance(30 * MINUTE + 1_000)
    expect(await manager.getJsapiTicket()).not.toBe(old)
  })

  it('is served all the same while WeChat is down, and says so; not in its last five minutes', async () => {
    const { manager, wechat, clock, events } = await tokenBench()
    const old = await manager.getJsapiTicket()
    wechat.always(TICKET, refuse(45009))
    clock.advance(30 * MINUTE + 1_000)
    expect(await manager.getJsapiTicket()).toBe(old)
    expect(events.at(-1)).toEqual({
      name: 'stale-served',
      event: { appId: APP_ID, credential: 'jsapi_ticket', remainingSeconds: 5399 },
    })
    clock.advance(84 * MINUTE)
    expect(await manager.getJsapiTicket()).toBe(old)
    clock.advance(MINUTE)
    await expect(manager.getJsapiTicket()).rejects.toMatchObject({ status: 429 })
  })
})

describe('closing', () => {
  it('gives the lease back in mid-refresh, so that another process can lead at once', async () => {
    const { manager, another, wechat } = await tokenBench()
    const letGo = wechat.hold(TOKEN)
    const given = manager.getAccessToken().catch(error => error)
    await expect.poll(() => wechat.count(TOKEN)).toBe(1)
    await manager.close()
    expect(await given).toMatchObject({ code: 'closed', status: 503 })
    letGo()
    await expect(another().getAccessToken()).resolves.toMatch(/^token-/)
  })

  it('is no failure: nothing is told, and nothing pauses', async () => {
    const { manager, wechat, events } = await tokenBench()
    wechat.hold(TOKEN)
    const given = manager.getJsapiTicket().catch(error => error)
    await expect.poll(() => wechat.count(TOKEN)).toBe(1)
    await manager.close()
    await given
    expect(events).toEqual([])
  })

  it('can be done twice, and leaves no one waiting afterwards', async () => {
    const { manager } = await tokenBench()
    await manager.close()
    await manager.close()
    await expect(manager.getAccessToken()).rejects.toMatchObject({ code: 'closed' })
  })
})
