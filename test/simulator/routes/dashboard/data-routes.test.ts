import { type IncomingMessage, request } from 'node:http'
import type { RunningSimulator } from 'express-wechat/simulator'
import { describe, expect, it } from 'vitest'
import { fingerprint } from '../../../../src/simulator/platform/history.ts'
import { framingIsForbidden } from '../../../../src/simulator/routes/dashboard/framing.ts'
import { accessToken, call, jpeg, legacyToken, patience, simulate, ticket } from '../../support.ts'

const snapshot = async (simulator: RunningSimulator, headers: Record<string, string> = {}) =>
  call(simulator, '/simulator/dashboard', {}, { headers })

describe('what the dashboard shows', () => {
  it('is the platform, without a token, ticket or secret in it', async () => {
    const simulator = await simulate()
    await legacyToken(simulator)
    await ticket(simulator, await accessToken(simulator))
    const mediaId = simulator.uploadMedia({ type: 'image', data: jpeg })
    const { text, body } = await snapshot(simulator)

    expect(body).toMatchObject({
      appId: simulator.appId,
      now: simulator.now(),
      personId: null,
      people: expect.arrayContaining([expect.objectContaining({ id: 'lin-xiaoyu', isFollower: true })]),
      media: [{ mediaId, type: 'image', contentType: 'image/jpeg', bytes: jpeg.length }],
    })
    expect(body.accessTokens).toHaveLength(2)
    expect(body.tickets).toMatchObject([{ state: 'works', expiresAt: simulator.now() + 7_200_000 }])
    const secrets = [simulator.appSecret, simulator.controlKey, simulator.currentJsapiTicket]
    for (const secret of [...secrets, ...simulator.currentAccessTokens]) {
      expect(text).not.toContain(secret)
      // Nor so much of it that the rest could be guessed.
      expect(text).not.toContain(secret.slice(0, 20))
    }
  })

  it('tells tokens that work from those that expired or were replaced', async () => {
    const simulator = await simulate()
    const states = async () => {
      const { accessTokens } = (await snapshot(simulator)).body
      return (accessTokens as { state: string }[]).map(({ state }) => state)
    }
    await legacyToken(simulator)
    simulator.revokeAccessToken()
    await legacyToken(simulator)
    simulator.expireAccessToken()
    await legacyToken(simulator)
    expect(await states()).toEqual(['works', 'expired', 'replaced'])
  })

  it('tells the answer of one call, its duration and errmsg, without a token in it', async () => {
    const simulator = await simulate()
    const token = await accessToken(simulator)
    await call(simulator, '/cgi-bin/media/get', { access_token: token, media_id: 'x' })
    const { body } = await snapshot(simulator)
    const [refused, issued] = body.history as { id: number }[]
    expect(refused).toMatchObject({ errcode: 40007, errmsg: 'invalid media_id', isRunning: false })
    expect(refused).toHaveProperty('durationMs', expect.any(Number))
    expect(body.history).not.toContainEqual(expect.objectContaining({ answer: expect.anything() }))

    const detail = await call(simulator, `/simulator/dashboard/calls/${issued?.id}`)
    expect(JSON.parse(String(detail.body.answer))).toEqual({
      access_token: fingerprint(token),
      expires_in: 7200,
    })
    expect(detail.text).not.toContain(token.slice(0, 20))
    expect((await call(simulator, '/simulator/dashboard/calls/999')).status).toBe(404)
  })

  it('shows a call that waits for its answer as running', async () => {
    const simulator = await simulate()
    simulator.faults.next('/cgi-bin/token', 'hang')
    const waiting = legacyToken(simulator).catch(() => undefined)
    await expect
      .poll(async () => (await snapshot(simulator)).body.history)
      .toMatchObject([{ isRunning: true, fault: 'hang' }])
    await simulator.close()
    await waiting
  })

  it('names tokens as the history does', async () => {
    const simulator = await simulate()
    const token = await accessToken(simulator)
    await ticket(simulator, token)
    const { body } = await snapshot(simulator)
    const [shown] = body.accessTokens as { fingerprint: string }[]
    expect(body.history).toMatchObject([{ parameters: { access_token: shown?.fingerprint } }, {}])
  })

  it('leaves out faces, which its own pages fetch', async () => {
    const simulator = await simulate()
    await call(simulator, '/mmopen/lin-xiaoyu/132')
    await accessToken(simulator)
    expect((await snapshot(simulator)).body.history).toMatchObject([{ path: '/cgi-bin/stable_token' }])
  })

  it('knows who is at the phone of this browser', async () => {
    const simulator = await simulate()
    const { body } = await snapshot(simulator, { cookie: 'wxsim_person=he-miao' })
    expect(body.personId).toBe('he-miao')
    expect((await snapshot(simulator, { cookie: 'wxsim_person=nobody' })).body.personId).toBeNull()
  })

  it('announces each call when its answer is done', async () => {
    const simulator = await simulate()
    const events = await fetch(`${simulator.url}/simulator/events`)
    expect(events.headers.get('content-type')).toBe('text/event-stream')
    const reader = events.body?.pipeThrough(new TextDecoderStream()).getReader()
    expect((await reader?.read())?.value).toBe('retry: 1000\n\n')
    await accessToken(simulator)
    expect((await reader?.read())?.value).toBe('data:\n\n')
    await simulator.close()
    await expect(reader?.read()).rejects.toThrow('terminated')
  })
})

describe('the pages of the dashboard', () => {
  it.each(['/', '/phone'])('%s runs scripts and styles of its own files alone, in no frame', async path => {
    const policy = (await call(await simulate(), path)).headers.get('content-security-policy') ?? ''
    expect(policy).toContain("default-src 'none'")
    expect(policy).toContain("script-src 'self';")
    expect(policy).toContain("style-src 'self';")
    expect(policy).toContain("frame-ancestors 'none'")
    expect(policy).not.toContain('unsafe')
  })

  it.each(['/', '/phone', '/simulator/dashboard', '/simulator/events', '/simulator/dashboard/calls/1'])(
    '%s is for this machine alone',
    async path => {
      const simulator = await simulate()
      expect(await statusFor(simulator, path, { host: 'evil.test' })).toBe(403)
      expect(await statusFor(simulator, path, { origin: 'https://evil.test' })).toBe(403)
    },
  )

  it.each(['zh', 'en'])('speak %s where the browser asks for it', async language => {
    const simulator = await simulate()
    const { text } = await call(simulator, '/', {}, { headers: { 'accept-language': language } })
    expect(text).toContain(language === 'zh' ? '<title>微信模拟器' : '<title>WeChat simulator')
  })

  it.each(['dashboard.js', 'dashboard.css', 'events-worker.js', 'icon.svg'])('come with %s', async file => {
    const { status, headers } = await call(await simulate(), `/simulator/files/${file}`)
    expect(status).toBe(200)
    expect(headers.get('content-type')).toMatch(/^(?:text\/(?:javascript|css)|image\/svg\+xml)/)
  })

  it('come with no other file', async () => {
    const simulator = await simulate()
    for (const name of ['protocol.js', 'constructor', '..%2f..%2findex.js', '%2e%2e%2fpage%2fbridge.js']) {
      expect((await call(simulator, `/simulator/files/${name}`)).status, name).toBe(404)
    }
  })

  /** The dashboard is asked under the host name of the page, as it opens itself. */
  const framed = async (simulator: RunningSimulator, url: string) => {
    const path = `/phone?${new URLSearchParams({ url })}`
    const name = URL.parse(url)?.hostname ?? ''
    const host = name.endsWith('localhost') ? `${name}:1` : '127.0.0.1:1'
    const policy = (await answerTo(simulator, path, { host })).headers['content-security-policy'] ?? ''
    return (/frame-src ([^;]*)/.exec(String(policy))?.[1] ?? '').split(' ')
  }

  it('show in the phone pages of this machine, and of the safe domains', async () => {
    const simulator = await simulate({ safeDomains: ['example.com'] })
    expect(await framed(simulator, 'https://m.example.com/page')).toContain('https://m.example.com')
    expect(await framed(simulator, 'http://app.localhost:3000/')).toContain('http://app.localhost:3000')
    for (const url of ['https://evil.test/', 'https://example.com.evil.test/', 'javascript:alert(1)', 'x']) {
      expect(await framed(simulator, url), url).toEqual(await framed(simulator, ''))
    }
    expect(await framed(simulator, '')).toContain('http://127.0.0.1:*')
  })
})

describe('whether a page lets itself be framed', () => {
  const forbids = (headers: Record<string, string>) =>
    framingIsForbidden(new Headers(headers), 'http://127.0.0.1:3000', 'http://127.0.0.1:4000')
  const policy = (ancestors: string) => ({
    'content-security-policy': `default-src 'self'; frame-ancestors ${ancestors}`,
  })

  it.each([
    [{}, false],
    [{ 'x-frame-options': 'DENY' }, true],
    [{ 'x-frame-options': 'SAMEORIGIN' }, true],
    [{ 'x-frame-options': 'ALLOW-FROM x' }, false],
    [{ 'content-security-policy': "default-src 'none'" }, false],
    [policy("'none'"), true],
    [policy("'self'"), true],
    [policy(''), true],
    [policy("'self' http://127.0.0.1:4000"), false],
    [policy('http://127.0.0.1:*'), false],
    [policy('http://127.0.0.1'), true],
    [policy('https://127.0.0.1:4000'), true],
    [policy('http:'), false],
    [policy('*'), false],
    [policy('*.0.0.1:4000'), false],
    [{ ...policy('*'), 'x-frame-options': 'DENY' }, false],
  ])('follows from %j: forbidden %s', (headers, isForbidden) => {
    expect(forbids(headers)).toBe(isForbidden)
  })
})

describe('bad days of the webview', () => {
  const logIn = (simulator: RunningSimulator, scope: string) => {
    const query = new URLSearchParams({
      appid: simulator.appId,
      redirect_uri: 'http://127.0.0.1:3000/callback',
      response_type: 'code',
      scope,
      state: 'abc',
    })
    return fetch(`${simulator.url}/connect/oauth2/authorize?${query}`, {
      redirect: 'manual',
      headers: { cookie: 'wxsim_person=lin-xiaoyu' },
    })
  }

  it('lose the cookies once, or each time', async () => {
    const simulator = await simulate({ cookieLoss: 'once' })
    const losses = async () => [
      (await logIn(simulator, 'snsapi_base')).headers.get('clear-site-data'),
      (await logIn(simulator, 'snsapi_base')).headers.get('clear-site-data'),
    ]
    expect(await losses()).toEqual(['"cookies"', null])
    simulator.configure({ cookieLoss: 'always' })
    expect(await losses()).toEqual(['"cookies"', '"cookies"'])
  })

  it('show a snapshot page, without a dialog, where the profile is asked for', async () => {
    const simulator = await simulate({ snapshotPage: true })
    for (const [scope, isSnapshot] of [
      ['snsapi_userinfo', 1],
      ['snsapi_base', undefined],
    ] as const) {
      const location = (await logIn(simulator, scope)).headers.get('location') ?? ''
      const { body } = await call(simulator, '/sns/oauth2/access_token', {
        appid: simulator.appId,
        secret: simulator.appSecret,
        code: new URL(location).searchParams.get('code') ?? '',
        grant_type: 'authorization_code',
      })
      expect(body.is_snapshotuser, scope).toBe(isSnapshot)
    }
  })
})

async function statusFor(simulator: RunningSimulator, path: string, headers: Record<string, string>) {
  return (await answerTo(simulator, path, headers)).statusCode
}

/** fetch() would set its own Host. */
function answerTo(
  simulator: RunningSimulator,
  path: string,
  headers: Record<string, string>,
): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const asked = request(`${simulator.url}${path}`, { headers, ...patience }, response => {
      response.destroy()
      resolve(response)
    })
    asked.once('error', reject).end()
  })
}
