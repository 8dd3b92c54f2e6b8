import type { RunningSimulator } from 'express-wechat/simulator'
import { describe, expect, it } from 'vitest'
import {
  accessToken,
  call,
  codeFor,
  exchange,
  legacyToken,
  post,
  rid,
  simulate,
  stableToken,
  start2026,
  ticket,
} from '../../support.ts'

const minute = 60_000
const hour = 60 * minute

describe('cgi-bin/token', () => {
  it('answers a token of two hours as JSON without an errcode', async () => {
    const { status, headers, body } = await legacyToken(await simulate())
    expect(status).toBe(200)
    expect(headers.get('content-type')).toBe('application/json; encoding=utf-8')
    expect(headers.get('x-wechat-simulator')).toBe('1')
    expect(Object.keys(body)).toEqual(['access_token', 'expires_in'])
    expect(body.expires_in).toBe(7200)
    expect(String(body.access_token)).toMatch(/^\d\d_[\w-]{120,}$/)
  })

  it('answers another token at every call, and lets the one before work for five more minutes', async () => {
    const simulator = await simulate()
    const first = String((await legacyToken(simulator)).body.access_token)
    const second = String((await legacyToken(simulator)).body.access_token)
    expect(second).not.toBe(first)
    simulator.advance(5 * minute - 1)
    expect((await ticket(simulator, first)).body.errcode).toBe(0)
    simulator.advance(1)
    expect((await ticket(simulator, first)).body.errcode).toBe(40001)
    expect((await ticket(simulator, second)).body.errcode).toBe(0)
  })

  it('says 42001 of a token whose two hours are over', async () => {
    const simulator = await simulate()
    const token = String((await legacyToken(simulator)).body.access_token)
    simulator.advance(2 * hour - 1)
    expect((await ticket(simulator, token)).body.errcode).toBe(0)
    simulator.advance(1)
    const { body } = await ticket(simulator, token)
    expect(body.errcode).toBe(42001)
    expect(body.errmsg).toMatch(/^access_token expired rid: /)
  })

  it.each([
    [{ appid: '' }, 41002, 'appid missing'],
    [{ appid: 'wxsim-other', grant_type: '' }, 40013, 'invalid appid'],
    [{ grant_type: 'authorization_code' }, 40002, 'invalid grant_type'],
    [{ secret: '' }, 41004, 'appsecret missing'],
    [{ secret: 'sim_wrong' }, 40125, 'invalid appsecret'],
  ])('refuses %j with %i, as plain text under HTTP 200', async (changes, errcode, errmsg) => {
    const { status, headers, body } = await legacyToken(await simulate(), changes)
    expect([status, headers.get('content-type')]).toEqual([200, 'text/plain'])
    expect(body.errcode).toBe(errcode)
    expect(body.errmsg).toMatch(new RegExp(`^${errmsg} rid: `))
    expect(body.errmsg).toMatch(rid)
  })

  it('puts the time into the first group of the request id', async () => {
    const { body } = await legacyToken(await simulate(), { appid: '' })
    const [, time = ''] = /rid: ([0-9a-f]{8})-/.exec(String(body.errmsg)) ?? []
    expect(Number.parseInt(time, 16)).toBe(start2026 / 1000)
  })

  it('is called with GET only', async () => {
    const simulator = await simulate()
    expect((await post(simulator, '/cgi-bin/token', {})).body.errcode).toBe(43001)
  })

  it('refuses an address outside the whitelist and says it twice', async () => {
    const simulator = await simulate({ ipWhitelist: ['203.0.113.9'] })
    const { body } = await legacyToken(simulator)
    expect(body.errcode).toBe(40164)
    expect(body.errmsg).toMatch(/^invalid ip 127\.0\.0\.1 ipv6 ::ffff:127\.0\.0\.1, not in whitelist rid: /)
    simulator.configure({ ipWhitelist: ['127.0.0.1'] })
    expect((await legacyToken(simulator)).body.access_token).toBeDefined()
  })

  it.each([
    [['127.0.0.0/8'], undefined],
    [['203.0.113.0/24', '2001:db8::/32'], 40164],
  ])('takes the network %j in the whitelist', async (ipWhitelist, errcode) => {
    const simulator = await simulate({ ipWhitelist })
    expect((await legacyToken(simulator)).body.errcode).toBe(errcode)
  })
})

describe('the whitelist', () => {
  const paths = [
    '/cgi-bin/ticket/getticket',
    '/cgi-bin/media/get',
    '/cgi-bin/user/info',
    '/cgi-bin/getcallbackip',
  ]

  it('covers every call, also one with a token that works', async () => {
    const simulator = await simulate()
    const access_token = await accessToken(simulator)
    simulator.configure({ ipWhitelist: ['203.0.113.9'] })
    for (const path of paths) {
      expect((await call(simulator, path, { access_token })).body.errcode, path).toBe(40164)
    }
    expect((await post(simulator, '/cgi-bin/clear_quota', {}, { access_token })).body.errcode).toBe(40164)
    const query = { appid: simulator.appId, appsecret: simulator.appSecret }
    expect((await post(simulator, '/cgi-bin/clear_quota/v2', {}, query)).body.errcode).toBe(40164)
  })

  it('refuses with 61004 instead, if configured so', async () => {
    const simulator = await simulate()
    const access_token = await accessToken(simulator)
    simulator.configure({ ipWhitelist: ['203.0.113.9'], ipWhitelistErrcode: 61004 })
    for (const path of paths) {
      const { body } = await call(simulator, path, { access_token })
      expect([body.errcode, body.errmsg], path).toEqual([
        61004,
        expect.stringMatching(/^access clientip is not registered rid: /),
      ])
    }
    expect((await legacyToken(simulator)).body.errcode).toBe(61004)
  })

  it('covers only the calls with the secret, if configured so', async () => {
    const simulator = await simulate({ ipWhitelistScope: 'secret-calls' })
    const access_token = await accessToken(simulator)
    simulator.configure({ ipWhitelist: ['203.0.113.9'] })
    for (const path of paths) {
      expect((await call(simulator, path, { access_token })).body.errcode, path).not.toBe(40164)
    }
    expect((await legacyToken(simulator)).body.errcode).toBe(40164)
  })

  it('covers only the calls with a token, if configured so', async () => {
    const simulator = await simulate({ ipWhitelistScope: 'token-calls', ipWhitelist: ['203.0.113.9'] })
    const access_token = await accessToken(simulator)
    for (const path of paths) {
      expect((await call(simulator, path, { access_token })).body.errcode, path).toBe(40164)
    }
  })
})

it('an answer has the date of the simulated clock', async () => {
  const simulator = await simulate()
  simulator.advance(3 * 3_600_000)
  const { headers } = await stableToken(simulator)
  expect(Date.parse(headers.get('date') ?? '')).toBe(simulator.now())
})

describe('an address that calls with the secret for the first time', () => {
  const hour = 3_600_000
  const confirming = () => simulate({ newCallers: 'need-confirmation' })
  const errcodeOf = async (simulator: RunningSimulator) => (await stableToken(simulator)).body.errcode

  it('gets 89503, then 89501 until the administrator confirms, and then a token', async () => {
    const simulator = await confirming()
    expect(await errcodeOf(simulator)).toBe(89503)
    expect((await legacyToken(simulator)).body.errcode).toBe(89501)
    expect(await errcodeOf(simulator)).toBe(89501)
    simulator.confirmNewCallers()
    expect(await errcodeOf(simulator)).toBeUndefined()
    expect(await errcodeOf(simulator)).toBeUndefined()
  })

  it('is blocked for an hour by a refusal, and for 24 hours by a second one', async () => {
    const simulator = await confirming()
    expect(await errcodeOf(simulator)).toBe(89503)
    simulator.refuseNewCallers()
    expect(await errcodeOf(simulator)).toBe(89507)
    simulator.advance(hour - 1)
    expect(await errcodeOf(simulator)).toBe(89507)
    simulator.advance(1)
    expect(await errcodeOf(simulator)).toBe(89503)
    simulator.refuseNewCallers()
    simulator.advance(24 * hour - 1)
    expect(await errcodeOf(simulator)).toBe(89506)
    simulator.advance(1)
    expect(await errcodeOf(simulator)).toBe(89503)
  })

  it('is refused for an hour again if the first refusal is a day old', async () => {
    const simulator = await confirming()
    await errcodeOf(simulator)
    simulator.refuseNewCallers()
    simulator.advance(24 * hour)
    expect(await errcodeOf(simulator)).toBe(89503)
    simulator.refuseNewCallers()
    expect(await errcodeOf(simulator)).toBe(89507)
  })

  it('needs no confirmation if it is on the whitelist, and none for a token that works', async () => {
    const listed = await simulate({ newCallers: 'need-confirmation', ipWhitelist: ['127.0.0.1'] })
    expect(await errcodeOf(listed)).toBeUndefined()
    const simulator = await simulate()
    const access_token = await accessToken(simulator)
    simulator.configure({ newCallers: 'need-confirmation' })
    const { body } = await call(simulator, '/cgi-bin/getcallbackip', { access_token })
    expect(body.ip_list).toBeDefined()
  })

  it('is asked about by the control API, and forgotten by a reset', async () => {
    const simulator = await confirming()
    await errcodeOf(simulator)
    const action = `${simulator.url}/simulator/actions/confirm-new-callers`
    await fetch(action, { method: 'POST', headers: { 'x-simulator-key': simulator.controlKey } })
    expect(await errcodeOf(simulator)).toBeUndefined()
    simulator.reset()
    expect(await errcodeOf(simulator)).toBe(89503)
  })
})

describe('the app secret', () => {
  it('is dead at once when it is reset, while tokens live on', async () => {
    const simulator = await simulate()
    const old = simulator.appSecret
    const access_token = await accessToken(simulator)
    const secret = simulator.resetAppSecret()
    expect(simulator.appSecret).toBe(secret)
    expect(secret).not.toBe(old)
    expect((await legacyToken(simulator, { secret: old })).body.errcode).toBe(40125)
    expect((await exchange(simulator, codeFor(simulator), { secret: old })).body.errcode).toBe(40125)
    expect((await legacyToken(simulator, { secret })).body.access_token).toBeDefined()
    expect((await ticket(simulator, access_token)).body.errcode).toBe(0)
  })

  it('that is frozen answers 40243, ten minutes later, until it is unfrozen', async () => {
    const simulator = await simulate()
    const errcode = async () => (await stableToken(simulator)).body.errcode
    simulator.freezeAppSecret()
    simulator.advance(10 * minute - 1)
    expect(await errcode()).toBeUndefined()
    simulator.advance(1)
    expect(await errcode()).toBe(40243)
    expect((await legacyToken(simulator)).body.errcode).toBe(40243)
    simulator.unfreezeAppSecret()
    expect(await errcode()).toBe(40243)
    simulator.advance(10 * minute)
    expect(await errcode()).toBeUndefined()
  })

  it('that is reset while it is frozen works at once', async () => {
    const simulator = await simulate()
    simulator.freezeAppSecret()
    simulator.advance(10 * minute)
    simulator.resetAppSecret()
    expect((await legacyToken(simulator)).body.access_token).toBeDefined()
  })
})

describe('cgi-bin/stable_token', () => {
  it('answers the same token with what is left of its life', async () => {
    const simulator = await simulate()
    const first = await stableToken(simulator)
    simulator.advance(hour)
    const second = await stableToken(simulator)
    expect(second.body).toEqual({ access_token: first.body.access_token, expires_in: 3600 })
  })

  it('renews in the last five minutes, in which both tokens work', async () => {
    const simulator = await simulate()
    const first = await accessToken(simulator)
    simulator.advance(2 * hour - 5 * minute)
    expect((await stableToken(simulator)).body).toEqual({ access_token: first, expires_in: 300 })
    simulator.advance(1)
    const second = await stableToken(simulator)
    expect(second.body.access_token).not.toBe(first)
    expect(second.body.expires_in).toBe(7200)
    expect((await ticket(simulator, first)).body.errcode).toBe(0)
    simulator.advance(5 * minute)
    expect((await ticket(simulator, first)).body.errcode).toBe(42001)
    expect((await ticket(simulator, String(second.body.access_token))).body.errcode).toBe(0)
  })

  it('ends the old token at once when the refresh is forced', async () => {
    const simulator = await simulate()
    const first = await accessToken(simulator)
    const forced = await stableToken(simulator, { force_refresh: true })
    expect(forced.body.access_token).not.toBe(first)
    expect((await ticket(simulator, first)).body.errcode).toBe(40001)
  })

  it('does not refresh by force twice within 30 seconds', async () => {
    const simulator = await simulate()
    const force = async () => (await stableToken(simulator, { force_refresh: true })).body
    const first = await force()
    simulator.advance(29_999)
    expect((await force()).access_token).toBe(first.access_token)
    simulator.configure({ forceRefreshTooSoon: 'refused' })
    expect((await force()).errcode).toBe(45011)
    simulator.advance(1)
    expect((await force()).access_token).not.toBe(first.access_token)
  })

  it('refreshes by force 20 times a day, until the quota is cleared', async () => {
    const simulator = await simulate()
    const force = async () => {
      simulator.advance(30_000)
      return (await stableToken(simulator, { force_refresh: true })).body
    }
    for (let count = 0; count < 20; count += 1) expect((await force()).errcode).toBeUndefined()
    expect((await force()).errcode).toBe(45009)
    expect((await stableToken(simulator)).body.access_token).toBeDefined()
    await post(simulator, '/cgi-bin/clear_quota/v2', {
      appid: simulator.appId,
      appsecret: simulator.appSecret,
    })
    expect((await force()).errcode).toBeUndefined()
  })

  it('knows nothing of cgi-bin/token', async () => {
    const simulator = await simulate()
    const stable = await accessToken(simulator)
    const legacy = String((await legacyToken(simulator)).body.access_token)
    await legacyToken(simulator)
    await stableToken(simulator, { force_refresh: true })
    simulator.advance(4 * minute)
    expect((await ticket(simulator, stable)).body.errcode).toBe(40001)
    expect((await ticket(simulator, legacy)).body.errcode).toBe(0)
  })

  it('takes JSON by POST, and nothing else', async () => {
    const simulator = await simulate()
    const send = (init: RequestInit) => call(simulator, '/cgi-bin/stable_token', {}, init)
    expect((await send({})).body.errcode).toBe(43002)
    expect((await send({ method: 'POST' })).body.errcode).toBe(44002)
    expect((await send({ method: 'POST', body: 'grant_type=client_credential' })).body.errcode).toBe(47001)
    expect((await send({ method: 'POST', body: '[]' })).body.errcode).toBe(47001)
  })
})

describe('a token that does not work', () => {
  it('is told apart: missing, malformed, unknown', async () => {
    const simulator = await simulate()
    const errorFor = async (token: string) => (await ticket(simulator, token)).body
    expect((await errorFor('')).errmsg).toMatch(/^access_token missing rid: /)
    expect((await errorFor('no token!')).errcode).toBe(40014)
    expect((await errorFor('90_unknown')).errmsg).toMatch(
      /^invalid credential, access_token is invalid or not latest, could get access_token by getStableAccessToken, more details at https:\/\/mmbizurl\.cn\/s\/JtxxFh33r rid: /,
    )
  })

  it('a test can make one: revoked is 40001, expired is 42001, and the next fetch gives another', async () => {
    const simulator = await simulate()
    const first = await accessToken(simulator)
    simulator.revokeAccessToken()
    expect((await ticket(simulator, first)).body.errcode).toBe(40001)
    const second = await accessToken(simulator)
    expect(simulator.currentAccessTokens).toEqual([second])
    simulator.expireAccessToken(second)
    expect((await ticket(simulator, second)).body.errcode).toBe(42001)
    expect(simulator.currentAccessTokens).toEqual([])
  })

  it('takes nothing but tokens of the account: one of a user is 40001', async () => {
    const simulator = await simulate()
    const login = await exchange(simulator, codeFor(simulator))
    expect((await ticket(simulator, String(login.body.access_token))).body.errcode).toBe(40001)
  })
})

describe('jsapi_ticket', () => {
  it('stays the same, and always claims 7200 seconds', async () => {
    const simulator = await simulate()
    const first = await ticket(simulator, await accessToken(simulator))
    simulator.advance(hour)
    const second = await ticket(simulator, await accessToken(simulator))
    expect(first.body).toMatchObject({ errcode: 0, errmsg: 'ok', expires_in: 7200 })
    expect(String(first.body.ticket)).toHaveLength(86)
    expect(second.body).toEqual(first.body)
  })

  it('is replaced two hours after its first fetch, whoever fetched since', async () => {
    const simulator = await simulate()
    const first = (await ticket(simulator, await accessToken(simulator))).body.ticket
    simulator.advance(2 * hour - 1)
    expect((await ticket(simulator, await accessToken(simulator))).body.ticket).toBe(first)
    simulator.advance(1)
    expect((await ticket(simulator, await accessToken(simulator))).body.ticket).not.toBe(first)
  })

  it('can follow the clock instead: every second full hour', async () => {
    const simulator = await simulate({ jsapiTicketRotation: 'clock' })
    simulator.advance(hour + 59 * minute)
    const first = simulator.currentJsapiTicket
    simulator.advance(minute)
    expect(simulator.currentJsapiTicket).not.toBe(first)
  })

  it('survives its token', async () => {
    const simulator = await simulate()
    const first = (await ticket(simulator, await accessToken(simulator))).body.ticket
    simulator.revokeAccessToken()
    expect((await ticket(simulator, await accessToken(simulator))).body.ticket).toBe(first)
  })

  it('exists for cards too, as another one, and for nothing else', async () => {
    const simulator = await simulate()
    const access_token = await accessToken(simulator)
    const get = async (type: string) =>
      (await call(simulator, '/cgi-bin/ticket/getticket', { access_token, type })).body
    expect((await get('wx_card')).ticket).not.toBe((await get('jsapi')).ticket)
    expect((await get('other')).errcode).toBe(40097)
  })
})
