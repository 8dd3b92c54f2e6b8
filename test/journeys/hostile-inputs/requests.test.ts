import { connect } from 'node:net'
import { gzipSync } from 'node:zlib'
import { requireWechatLogin } from 'express-wechat'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { type Answer, AS_SCRIPT, type Browser, type Visit } from '../../support/browser.ts'
import { approve, closeSites, errorBody, openidOf, type Site, startSite } from '../../support/site.ts'

const HOST = 'https://h5.example.com'

let site: Site
const unhandled: unknown[] = []
const collect = (error: unknown) => void unhandled.push(error)

beforeAll(async () => {
  process.on('unhandledRejection', collect)
  site = await startSite({
    origin: HOST,
    router: { publicUrl: `${HOST}/wechat` },
    session: { cookie: { secure: true } },
    pages: (app, tokenManager) => {
      app.get('/media', requireWechatLogin({ tokenManager }), (_req, res) => void res.end('media'))
    },
  })
})
afterEach(() => {
  site.wechat.faults.clear()
  expect(unhandled).toEqual([])
})
afterAll(async () => {
  process.off('unhandledRejection', collect)
  await closeSites()
})

const GRANT = { access_token: 'a', refresh_token: 'r', expires_in: 7200, openid: 'osim_x' }
const calls = () => site.wechat.history.entries.length
const encoded = encodeURIComponent

/** What holds for every hostile input, whatever the answer is. */
async function hostile(path: string, visit: Visit = AS_SCRIPT, browser = site.visitor()): Promise<Answer> {
  const before = calls()
  const answer = await browser.open(`${site.base}${path}`, visit)
  expect(answer.status).toBeLessThan(500)
  expect(calls(), 'calls to WeChat').toBe(before)
  expect(answer.setCookies.join()).not.toContain('osim_')
  expect(answer.headers['cache-control']).toBe('no-store')
  expect(answer.headers['access-control-allow-origin']).toBeUndefined()
  if (answer.status >= 400) {
    expect(answer.json).toMatchObject({ status: answer.status, data: null })
    expect(answer.text).not.toMatch(/evil|script|<|\\u0000/)
    expect(answer.headers['x-content-type-options']).toBe('nosniff')
  }
  if (answer.location !== '') {
    expect([HOST, site.wechat.url]).toContain(new URL(answer.location).origin)
    expect(answer.location).not.toMatch(/[\\\s]|javascript:/)
  }
  return answer
}

/** Where a login that began with this ends. */
async function endOf(begun: Answer, browser: Browser): Promise<string> {
  expect(begun.status).toBe(302)
  return (await browser.open(approve(site.wechat, begun))).location
}

describe('a page to return to', () => {
  it.each(['/auth', '/auth?state='])('1: none (%s) is the default page', async path => {
    const browser = site.visitor()
    expect(await endOf(await hostile(path, {}, browser), browser)).toBe(`${HOST}/#`)
  })

  it.each([
    [2, 'https://evil.test/'],
    [3, '//evil.test'],
    [3, '///evil.test'],
    [3, '////evil.test'],
    [4, '/\\evil.test'],
    [4, '\\/evil.test'],
    [4, '/\\/evil.test'],
    [5, '/\t/evil.test'],
    [5, '/\n/evil.test'],
    [5, '/\r/evil.test'],
    [5, '/\v/evil.test'],
    [5, '/\f/evil.test'],
    [6, 'https:evil.test'],
    [6, 'https:/evil.test'],
    [6, 'https:\\\\evil.test'],
    [7, `${HOST}@evil.test/`],
    [7, `${HOST}%2f@evil.test/`],
    [8, `${HOST}.evil.test/`],
    [8, 'https://evilh5.example.com'],
    [9, `${HOST}:8443/`],
    [9, 'http://h5.example.com/'],
    [10, 'https://user:pw@h5.example.com/'],
    [10, 'https://user@h5.example.com/'],
    [11, 'javascript:alert(1)'],
    [11, 'data:text/html,x'],
    [11, 'weixin://dl'],
    [11, `blob:${HOST}/x`],
    [14, '\u2028//evil.test'],
    [14, '\u00a0//evil.test'],
    [14, '\ufeff//evil.test'],
    [14, '\0//evil.test'],
    [15, `${HOST}/\r\nSet-Cookie:a=b`],
    [16, 'https://[::ffff:127.0.0.1]/'],
    [16, 'https://2130706433/'],
    [16, 'https://0x7f.1/'],
    [17, 'https://xn--a'],
    [17, 'https://'],
    [17, 'https://%'],
    [18, `/${'x'.repeat(2_048)}`],
    [20, `${HOST}/wechat/auth?state=%2F`],
    [20, '/wechat/auth'],
    [20, '/wechat/auth/'],
    [20, '/WeChat/AUTH/code'],
    [20, '/x/../wechat/auth'],
  ])('%i: %j is 400', async (_number, state) => {
    const answer = await hostile(`/auth?state=${encoded(state)}`)
    expect(answer.json).toEqual(errorBody(400))
    expect(answer.setCookies).toEqual([])
  })

  it.each([
    [12, 'https://h5。example.com/', `${HOST}/#`],
    [12, 'https://ⓗ5.example.com/', `${HOST}/#`],
    [13, '/..//evil.test', `${HOST}//evil.test#`],
    [13, '/.//evil.test', `${HOST}//evil.test#`],
    [13, '/%2e%2e//evil.test', `${HOST}//evil.test#`],
    [15, `${HOST}/%0d%0aSet-Cookie:a=b`, `${HOST}/%0d%0aSet-Cookie:a=b#`],
    [20, '/wechat/authors', `${HOST}/wechat/authors#`],
  ])('%i: %j ends on the own host, in its normal form', async (_number, state, end) => {
    const browser = site.visitor()
    expect(await endOf(await hostile(`/auth?state=${encoded(state)}`, {}, browser), browser)).toBe(end)
  })

  it('18: 100 KB is refused before it is read', async () => {
    const long = site.visitor().open(`${site.base}/auth?state=${'x'.repeat(100_000)}`)
    // Node may close the connection while the rest is still on its way.
    const outcome = await long.then(({ status }) => status).catch((error: { code: string }) => error.code)
    expect([400, 414, 431, 'ECONNRESET', 'EPIPE']).toContain(outcome)
  })

  it.each(['state=a&state=b', 'state[]=x', 'state%5B%5D=x', 'state[__proto__][x]=1'])(
    '19: %s is 400',
    async query => {
      expect((await hostile(`/auth?${query}`)).json).toEqual(errorBody(400))
      expect(({} as Record<string, unknown>).x).toBeUndefined()
    },
  )

  it.each([{ host: 'evil.test' }, { 'x-forwarded-host': 'evil.test' }, { host: 'h5.example.com@evil.test' }])(
    '21: %o changes nothing',
    async headers => {
      const { location } = await hostile('/auth', { headers })
      expect(new URL(location).searchParams.get('redirect_uri')).toBe(`${HOST}/wechat/auth/code`)
    },
  )

  it('21: a request line with another address in it changes nothing', async () => {
    const { hostname, port } = new URL(site.local)
    const socket = connect(Number(port), hostname)
    socket.write(
      'GET http://evil.test/wechat/auth?state=%2Fa HTTP/1.1\r\nHost: evil.test\r\nX-Forwarded-Proto: https\r\nConnection: close\r\n\r\n',
    )
    let text = ''
    for await (const chunk of socket) text += chunk
    expect(text).toContain(encoded(`${HOST}/wechat/auth/code`))
    expect(text).not.toContain('evil')
  })
})

describe('a callback', () => {
  const begin = (browser: Browser) => browser.open(`${site.base}/auth?state=%2Fcapsule`)

  async function stateOf(browser: Browser): Promise<string> {
    return new URL((await begin(browser)).location).searchParams.get('state') ?? ''
  }

  it.each([
    [23, ''],
    [25, '?code=valid'],
    [32, `?code=valid&state=${encoded(`${HOST}/`)}`],
    [32, '?code=valid&state=__proto__'],
    [32, '?code=valid&state=constructor'],
    [32, '?code=valid&state='],
    [32, `?code=valid&state=${'0'.repeat(121)}`],
    [32, `?code=valid&state=${'A'.repeat(128)}`],
  ])('%i: /auth/code%s is 400', async (_number, query) => {
    expect((await hostile(`/auth/code${query}`)).json).toEqual(errorBody(400))
  })

  it('24: without a code is 403, and never the page', async () => {
    const browser = site.visitor()
    const answer = await hostile(`/auth/code?state=${await stateOf(browser)}`, AS_SCRIPT, browser)
    expect(answer.json).toEqual(errorBody(403))
    expect(await openidOf(site, browser)).toBeUndefined()
  })

  it('26: of another browser begins anew once, then is 400', async () => {
    const callback = `/auth/code?code=valid&state=${await stateOf(site.visitor())}`
    const victim = site.visitor()
    const restarted = await hostile(callback, AS_SCRIPT, victim)
    const state = new URL(restarted.location).searchParams.get('state')
    expect((await hostile(`/auth/code?code=valid&state=${state}`)).json).toEqual(errorBody(400))
  })

  it('27: with any digit of the state changed is 400', async () => {
    const browser = site.visitor()
    const state = await stateOf(browser)
    for (let index = 0; index < state.length; index += 3) {
      const digit = state[index] === '0' ? '1' : '0'
      const changed = state.slice(0, index) + digit + state.slice(index + 1)
      const answer = await hostile(`/auth/code?code=valid&state=${changed}`, AS_SCRIPT, browser)
      expect(answer.json).toEqual(errorBody(400))
    }
  })

  it.each(['code=a&code=b', 'code[]=x', 'code=a&code[x]=b', 'code=a&state[]=x', 'code=a&state=b&state=c'])(
    '30: %s is 400',
    async query => {
      const browser = site.visitor()
      const state = query.includes('state') ? '' : `&state=${await stateOf(browser)}`
      expect((await hostile(`/auth/code?${query}${state}`, AS_SCRIPT, browser)).json).toEqual(errorBody(400))
    },
  )

  it.each(['x'.repeat(513), 'a\r\nb', 'a&secret=x', '../x', 'a\0', '🌸', 'a b', 'a%26'])(
    '31: with %j as code is 400',
    async code => {
      const browser = site.visitor()
      const path = `/auth/code?code=${encoded(code)}&state=${await stateOf(browser)}`
      expect((await hostile(path, AS_SCRIPT, browser)).json).toEqual(errorBody(400))
    },
  )

  it.each([
    [33, { json: { errcode: 40029, errmsg: 'x' } }, 400],
    [33, { json: { errcode: '40163', errmsg: 'x' } }, 400],
    [34, 'html', 502],
    [34, 'empty', 502],
    [34, { text: `{"a":"${'x'.repeat(5_000_000)}"}`, contentType: 'text/plain' }, 502],
    [34, { json: { ...GRANT, padding: 'x'.repeat(66_000) } }, 502],
    [34, { json: {} }, 502],
    [34, { json: [] }, 502],
    [34, { text: 'null', contentType: 'text/plain' }, 502],
    [34, { json: { errcode: 'x' } }, 502],
    [34, { json: { ...GRANT, openid: { a: 1 } } }, 502],
    [34, { json: { ...GRANT, openid: '' } }, 502],
    [34, { json: { ...GRANT, openid: 'oReal' } }, 502],
    [35, { json: { ...GRANT, is_snapshotuser: 1 } }, 403],
  ] as const)('%i: that WeChat answers with %o logs nobody in', async (_number, fault, status) => {
    const browser = site.visitor()
    site.wechat.faults.next('/sns/oauth2/access_token', fault)
    const answer = await browser.open(approve(site.wechat, await begin(browser)), AS_SCRIPT)
    expect(answer.json).toMatchObject({ status })
    expect(answer.location).toBe('')
    expect(await openidOf(site, browser)).toBeUndefined()
  })

  it.each(['POST', 'HEAD', 'PUT', 'OPTIONS', 'DELETE'])('37: %s is 405 and does nothing', async method => {
    const browser = site.visitor()
    const callback = approve(site.wechat, await begin(browser))
    const before = calls()
    for (const url of [callback, `${site.base}/auth`]) {
      const answer = await browser.open(url, { method })
      expect([answer.status, answer.headers.allow]).toEqual([405, 'GET'])
      expect(answer.setCookies).toEqual([])
    }
    expect(calls()).toBe(before)
    expect((await browser.open(callback)).location).toBe(`${HOST}/capsule#`)
  })

  it.each([{ purpose: 'prefetch' }, { 'sec-purpose': 'prefetch;prerender' }])(
    '39: fetched ahead (%o) consumes nothing',
    async headers => {
      const browser = site.visitor()
      const callback = approve(site.wechat, await begin(browser))
      const before = calls()
      expect((await browser.open(callback, { headers })).status).toBe(204)
      expect(calls()).toBe(before)
      expect((await browser.open(callback)).location).toBe(`${HOST}/capsule#`)
    },
  )

  it.each(['/auth//code', '/AUTH/CODE', '/auth/code/', '/auth/', '/auth/%63ode', '/auth/code%00'])(
    '40: %s is no path of ours',
    async path => {
      expect((await hostile(`${path}?code=a&state=b`)).json).toEqual(errorBody(404))
    },
  )

  it('40: //auth/code is no other policy than /auth/code', async () => {
    // Express 4 takes the mount's slash for both.
    const { json } = await hostile('//auth/code?code=a&state=b')
    expect([errorBody(400), errorBody(404)]).toContainEqual(json)
  })
})

describe('a page to sign', () => {
  const post = (body: string | Buffer, headers: Record<string, string> = {}) =>
    hostile('/offiaccount/jssdk', { method: 'POST', body, headers })

  it.each(['', '{', 'null', '[1]', '"x"', '1', 'url=x'])('41: the body %j is 400', async body => {
    expect((await post(body)).json).toEqual(errorBody(400))
  })

  it.each(['{"url":1}', '{"url":["x"]}', '{"url":{"toString":"x"}}', '{}', '{"__proto__":{"url":"x"}}'])(
    '42: %s is 400',
    async body => {
      expect((await post(body)).json).toEqual(errorBody(400))
    },
  )

  it.each([
    'https://evil.test/',
    '//evil.test',
    '/\\evil.test',
    'https:evil.test',
    'https:\\\\evil.test',
    `${HOST}@evil.test/`,
    `${HOST}.evil.test/`,
    'http://h5.example.com/',
    'javascript:alert(1)',
    'https://h5。example.com/',
    '\u2028https://h5.example.com',
    `${HOST}/\r\n`,
    'https://2130706433/',
    'https://%',
  ])('43: %j is not signed', async url => {
    const answer = await post(JSON.stringify({ url }))
    expect([400, 403]).toContain(answer.status)
    expect(answer.text).not.toContain('signature')
  })

  it.each([
    [Buffer.alloc(200_000, 'x'), {}, 413],
    [Buffer.from('['.repeat(20_000)), {}, 400],
    [gzipSync(Buffer.alloc(9_000_000)), { 'content-encoding': 'gzip' }, 413],
    [Buffer.from('{}'), { 'content-type': 'application/json; charset=bogus' }, 415],
  ])('47: a body that is too much, or no text', async (body, headers, status) => {
    expect((await post(body, headers as Record<string, string>)).json).toEqual(errorBody(status))
  })

  it('49: from a page of a foreign origin is 403', async () => {
    const answer = await post(JSON.stringify({ url: `${HOST}/` }), { origin: 'https://evil.test' })
    expect(answer.json).toEqual(errorBody(403))
  })
})

describe('a medium', () => {
  it.each([
    [51, ''],
    [51, '?media_id='],
    [51, `?media_id=${'x'.repeat(257)}`],
    [52, '?media_id=a&media_id=b'],
    [52, '?media_id[x]=1'],
    [53, '?media_id=x%26access_token%3Dy'],
    [53, '?media_id=x%23y'],
    [53, '?media_id=..%2Fget'],
    [53, '?media_id=x%0d%0ay'],
    [53, '?media_id=wxLocalResource%3A%2F%2F1'],
    [53, '?media_id=weixin%3A%2F%2Fresourceid%2F1'],
  ])('%i: %s is 400, and WeChat is not asked', async (_number, query) => {
    expect((await hostile(`/offiaccount/media${query}`)).json).toEqual(errorBody(400))
  })

  it('54: behind the guard is 401 for nobody', async () => {
    const answer = await site.visitor().open(`${HOST}/media?media_id=x`, AS_SCRIPT)
    expect(answer.json).toMatchObject({ status: 401 })
  })

  it('55: that WeChat does not know is 400, and a dead token is replaced once', async () => {
    site.wechat.faults.next('/cgi-bin/media/get', { errcode: 40007 })
    const unknown = await site.visitor().open(`${site.base}/offiaccount/media?media_id=x`)
    expect(unknown.json).toEqual(errorBody(400, 40007))
    const before = site.wechat.history.count('/cgi-bin/media/get')
    // A call is repeated only with another token, so the one before is dead for the token call as well.
    site.wechat.revokeAccessToken()
    site.wechat.faults.next('/cgi-bin/media/get', { errcode: 40001 }, 2)
    const dead = await site.visitor().open(`${site.base}/offiaccount/media?media_id=x`)
    expect(dead.json).toEqual(errorBody(502, 40001))
    expect(site.wechat.history.count('/cgi-bin/media/get') - before).toBe(2)
  })
})
