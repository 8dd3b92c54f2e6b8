import { request } from 'node:http'
import type { RunningSimulator } from 'express-wechat/simulator'
import { describe, expect, it } from 'vitest'
import { authorizeUrl, call, jpeg, legacyToken, simulate } from '../../support.ts'

function control(
  simulator: RunningSimulator,
  method: string,
  path: string,
  body?: unknown,
  headers: Record<string, string> = { 'x-simulator-key': simulator.controlKey },
) {
  const payload = body === undefined ? {} : { body: JSON.stringify(body) }
  return call(simulator, `/simulator${path}`, {}, { method, headers, ...payload })
}

/** `fetch` doesn't let anybody forge these. */
function withHeaders(
  simulator: RunningSimulator,
  path: string,
  headers: Record<string, string>,
  method = 'GET',
) {
  return new Promise<number | undefined>((resolve, reject) => {
    request(`${simulator.url}${path}`, { method, headers }, response => resolve(response.resume().statusCode))
      .once('error', reject)
      .end()
  })
}

describe('the control API', () => {
  it('changes nothing without the key of this run', async () => {
    const simulator = await simulate()
    const before = simulator.now()
    for (const headers of [{}, { 'x-simulator-key': 'guessed' }]) {
      expect((await control(simulator, 'POST', '/clock', { advanceMs: 1 }, headers)).status).toBe(401)
      expect((await control(simulator, 'DELETE', '/history', undefined, headers)).status).toBe(401)
    }
    expect(simulator.now()).toBe(before)
    expect((await control(simulator, 'GET', '/state', undefined, {})).status).toBe(200)
    expect((await simulate()).controlKey).not.toBe(simulator.controlKey)
  })

  it('answers no picture or script of a foreign page, and a link that somebody follows', async () => {
    const simulator = await simulate()
    const from = (mode: string) => ({ 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': mode })
    expect(await withHeaders(simulator, '/simulator/dashboard', from('no-cors'))).toBe(403)
    expect(await withHeaders(simulator, '/', from('navigate'))).toBe(200)
  })

  it('logs nobody in for a page of elsewhere that posts the form', async () => {
    const simulator = await simulate()
    const { pathname, search } = new URL(authorizeUrl(simulator))
    const headers = { origin: 'https://evil.test', 'content-type': 'application/x-www-form-urlencoded' }
    expect(await withHeaders(simulator, pathname + search, headers, 'POST')).toBe(403)
    // Our own page passes no referrer on, and browsers then name its origin "null".
    const own = { ...headers, origin: 'null', 'sec-fetch-site': 'same-origin' }
    expect(await withHeaders(simulator, pathname + search, own, 'POST')).not.toBe(403)
  })

  it('takes nothing that would end the process later', async () => {
    const simulator = await simulate()
    const fault = { delayMs: 1, fault: { status: 200, contentType: 'a\r\nX: y' } }
    expect((await control(simulator, 'POST', '/faults', { path: '/sns/auth', fault })).status).toBe(400)
    expect((await control(simulator, 'POST', '/clock', { advanceMs: 1e308 })).status).toBe(400)
  })

  it.each(['evil.test', 'localhost.evil.test', '127.0.0.1.evil.test', '192.168.1.5'])(
    'answers no request for the host "%s"',
    async host => {
      const simulator = await simulate()
      expect(await withHeaders(simulator, '/simulator/state', { host })).toBe(403)
      expect(await withHeaders(simulator, '/simulator/page/media/x', { host })).toBe(403)
    },
  )

  it.each(['https://evil.test', 'null', 'http://localhost.evil.test'])(
    'answers no page of %s',
    async origin => {
      const simulator = await simulate()
      expect(await withHeaders(simulator, '/simulator/state', { origin })).toBe(403)
      expect(await withHeaders(simulator, '/', { origin }, 'POST')).toBe(403)
    },
  )

  it.each(['localhost:1', '127.0.0.1', '[::1]:80', 'app.localhost'])(
    'answers for the host %s',
    async host => {
      expect(await withHeaders(await simulate(), '/simulator/state', { host })).toBe(200)
    },
  )

  it('accepts plain addresses, and no names, where other machines are allowed', async () => {
    const simulator = await simulate({ allowInsecureHost: true })
    expect(await withHeaders(simulator, '/simulator/state', { host: '192.168.1.5:80' })).toBe(200)
    expect(await withHeaders(simulator, '/simulator/state', { host: 'evil.test' })).toBe(403)
  })

  it('tells its state without a token in it', async () => {
    const simulator = await simulate()
    await legacyToken(simulator)
    const { text, body } = await control(simulator, 'GET', '/state')
    expect(body).toMatchObject({
      appId: simulator.appId,
      now: simulator.now(),
      behaviour: { refusal: 'no-callback' },
    })
    for (const secret of [simulator.appSecret, simulator.controlKey, simulator.currentJsapiTicket]) {
      expect(text).not.toContain(secret)
    }
    for (const token of simulator.currentAccessTokens) expect(text).not.toContain(token)
  })

  it('lets time pass', async () => {
    const simulator = await simulate()
    const before = simulator.now()
    expect((await control(simulator, 'POST', '/clock', { advanceMs: 5000 })).body.now).toBe(before + 5000)
    const back = await control(simulator, 'POST', '/clock', { advanceMs: -1 })
    expect([back.status, back.body.error]).toEqual([400, expect.stringContaining('0 or more')])
  })

  it('plans faults and takes them away', async () => {
    const simulator = await simulate()
    const path = '/cgi-bin/token'
    await control(simulator, 'POST', '/faults', { path, fault: { errcode: -1 }, times: 2 })
    await control(simulator, 'POST', '/faults', { path, fault: { delayMs: 1, fault: 'html' }, always: true })
    expect((await control(simulator, 'GET', '/state')).body.faults).toEqual({
      [path]: ['errcode -1', 'errcode -1', 'always delay, then html'],
    })
    expect((await legacyToken(simulator)).body.errcode).toBe(-1)
    await control(simulator, 'DELETE', '/faults')
    expect((await legacyToken(simulator)).body.errcode).toBeUndefined()
    expect((await control(simulator, 'POST', '/faults', { path, fault: 'explode' })).status).toBe(400)
    expect((await control(simulator, 'POST', '/faults', { path: 'x', fault: 'hang' })).status).toBe(400)
  })

  it('shows the history of a path and clears it', async () => {
    const simulator = await simulate()
    await legacyToken(simulator)
    const read = async (query: Record<string, string>) =>
      (await call(simulator, '/simulator/history', query)).body.entries
    expect(await read({ path: '/cgi-bin/token' })).toHaveLength(1)
    expect(await read({ path: '/other' })).toEqual([])
    await control(simulator, 'DELETE', '/history')
    expect(await read({})).toEqual([])
  })

  it('adds people and media, approves logins, ends credentials', async () => {
    const simulator = await simulate()
    const added = await control(simulator, 'POST', '/people', { id: 'new', nickname: '新人' })
    expect(added.body.openid).toBe(simulator.people.get('new')?.openid)
    expect((await control(simulator, 'POST', '/people', { id: 'new' })).status).toBe(400)

    const media = await call(
      simulator,
      '/simulator/media',
      { type: 'image' },
      { method: 'POST', body: new Uint8Array(jpeg), headers: { 'x-simulator-key': simulator.controlKey } },
    )
    const access_token = String((await legacyToken(simulator)).body.access_token)
    const query = { access_token, media_id: String(media.body.media_id) }
    expect((await call(simulator, '/cgi-bin/media/get', query)).bytes).toEqual(jpeg)

    const approved = await control(simulator, 'POST', '/approve', { authorizeUrl: authorizeUrl(simulator) })
    expect(approved.body.callbackUrl).toContain('code=')
    const refusal = { authorizeUrl: authorizeUrl(simulator), refuse: true }
    expect((await control(simulator, 'POST', '/approve', refusal)).body.callbackUrl).toBeNull()

    const ticket = simulator.currentJsapiTicket
    await control(simulator, 'POST', '/actions/rotate-jsapi-ticket')
    expect(simulator.currentJsapiTicket).not.toBe(ticket)
    await control(simulator, 'POST', '/actions/revoke-access-tokens')
    expect((await call(simulator, '/cgi-bin/media/get', query)).body.errcode).toBe(40001)
  })

  it('changes how the account behaves, and refuses what it does not know', async () => {
    const simulator = await simulate()
    expect((await control(simulator, 'POST', '/behaviour', { ipWhitelist: [] })).status).toBe(200)
    expect((await legacyToken(simulator)).body.errcode).toBe(40164)
    for (const wrong of [{ ipWhitelists: [] }, { refusal: 'sometimes' }, 'text', { appSecret: 'sim_x' }]) {
      expect((await control(simulator, 'POST', '/behaviour', wrong)).status, JSON.stringify(wrong)).toBe(400)
    }
  })

  it('stays out of the history', async () => {
    const simulator = await simulate()
    await control(simulator, 'GET', '/state')
    expect(simulator.history.entries).toEqual([])
  })
})

describe('the front door', () => {
  it('says what this is, and keeps who is at the phone', async () => {
    const simulator = await simulate()
    const home = await call(simulator, '/')
    expect(home.text).toContain('微信模拟器')
    expect(home.text).not.toContain(simulator.appSecret)
    const send = (form: Record<string, string>) =>
      call(simulator, '/', {}, { method: 'POST', body: new URLSearchParams(form) })
    expect((await send({ person: 'he-miao' })).headers.get('set-cookie')).toContain('wxsim_person=he-miao;')
    expect((await send({ person: 'he-miao', forget: '' })).headers.get('set-cookie')).toContain('Max-Age=0')
  })
})
