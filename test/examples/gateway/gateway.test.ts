import { connect } from 'node:net'
import { type RunningSimulator, startSimulator } from 'express-wechat/simulator'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { exchange, newVisitor, type Visitor } from '../../support/visitor.ts'
import { runCommand } from './support/child.ts'
import { startGatewayApp } from './support/gateway-app.ts'
import { type GatewayProcess, startGatewayProcess } from './support/gateway-process.ts'

const listed = 'https://h5.example.com'
const unlisted = 'https://h5.example.com.evil.example'
const key = 'k3y0f0neback3nd-7d1f0c2e4b3a5968778'

/** The program warns when it gets this signal. */
const warnOnSignal = "process.once('SIGUSR2', () => process.emitWarning('of a test', { code: 'OF_A_TEST' }))"

let wechat: RunningSimulator
let gateway: GatewayProcess

beforeAll(async () => {
  wechat = await startSimulator()
  gateway = await startGatewayProcess(wechat, {
    WECHAT_ALLOWED_ORIGINS: listed,
    WECHAT_SERVICE_KEYS: `billing=${key}`,
    METRICS_PORT: '0',
    NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(warnOnSignal)}`,
  })
})

afterAll(async () => {
  gateway?.kill('SIGTERM')
  await gateway?.ended
  await wechat?.close()
})

async function logIn(visitor: Visitor): Promise<void> {
  const begun = await visitor.open(`${gateway.url}/auth`)
  const back = await visitor.open(wechat.approve(begun.location ?? '', { personId: 'lin-xiaoyu' }) ?? '')
  expect(back.location).toBe(`${gateway.origin}/#`)
}

const corsHeaders = (headers: object) =>
  Object.keys(headers).filter(name => name.startsWith('access-control-'))

describe('the gateway', () => {
  it('prints one line, its address, and logs JSON beside it', async () => {
    await exchange(`${gateway.url}/nothing`, {})
    await gateway.wrote('stderr', /"path":"\/wechat\/nothing"/)
    expect(gateway.stdout).toBe(`The WeChat gateway listens at ${gateway.url}\n`)
    for (const line of gateway.stderr.trim().split('\n')) expect(() => JSON.parse(line)).not.toThrow()
  })

  it("tells a back end in any language who its visitor is, from the visitor's cookies", async () => {
    const visitor = newVisitor()
    await logIn(visitor)
    const cookies = await visitor.jar.getCookieString(gateway.url)
    const curl = (cookie: string) =>
      runCommand('curl', ['-s', '-b', cookie, `${gateway.url}/auth/user/openid`])

    const known = curl(cookies)
    await known.ended
    expect(JSON.parse(known.stdout)).toEqual({ openid: wechat.people.get('lin-xiaoyu')?.openid })
    const stranger = curl('wechat.sid=s%3Aof.a-stranger')
    await stranger.ended
    expect(JSON.parse(stranger.stdout)).toEqual({ status: 401, msg: '请先登录微信', data: null })
  })

  it('gives its session a cookie that no script and no foreign page can use', async () => {
    const visitor = newVisitor()
    await logIn(visitor)
    const cookie = (await visitor.jar.getCookies(gateway.url)).find(({ key: name }) => name === 'wechat.sid')
    expect(cookie).toMatchObject({ httpOnly: true, sameSite: 'lax', path: '/', secure: false })
    expect(cookie?.maxAge ?? (cookie?.expires instanceof Date && cookie.expires > new Date())).toBeTruthy()
  })

  it('gives nobody a session who only asks', async () => {
    const visitor = newVisitor()
    await visitor.open(`${gateway.url}/auth`)
    await visitor.fetch(`${gateway.url}/auth/user/openid`)
    expect(await visitor.cookie(gateway.url, 'wechat.sid')).toBeUndefined()
  })

  it('hands its token to who has a service key', async () => {
    const answer = await exchange(`${gateway.url}/token`, { headers: { authorization: `Bearer ${key}` } })
    expect(answer.json).toMatchObject({ access_token: wechat.currentAccessTokens.at(-1) })
    await gateway.wrote('stderr', /"serviceKey":"billing"/)
  })

  it('leads pages to the script', async () => {
    const answer = await exchange(`${gateway.url}/jweixin.js`, {})
    expect(answer.location).toBe(`${wechat.url}/simulator/jweixin.js`)
    expect(answer.headers['cross-origin-resource-policy']).toBe('cross-origin')
  })

  it('says that it lives and that it is ready', async () => {
    for (const path of ['/healthz', '/readyz']) {
      expect(await exchange(gateway.origin + path, {})).toMatchObject({ status: 200, json: { status: 'ok' } })
    }
  })
})

describe('CORS', () => {
  it('lets pages of listed origins read answers, with cookies', async () => {
    const headers = { origin: listed }
    const answer = await exchange(`${gateway.url}/auth/user/openid`, { headers })
    expect(answer.headers).toMatchObject({
      'access-control-allow-origin': listed,
      'access-control-allow-credentials': 'true',
    })
    expect(answer.headers.vary).toMatch(/\bOrigin\b/)
    const preflight = await exchange(`${gateway.url}/offiaccount/jssdk`, {
      method: 'OPTIONS',
      headers: { ...headers, 'access-control-request-method': 'POST' },
    })
    expect(preflight).toMatchObject({
      status: 204,
      headers: { 'access-control-allow-methods': 'GET, HEAD, POST' },
    })
  })

  it.each([unlisted, 'null', 'http://h5.example.com', 'https://H5.example.com', `${listed}:8443`])(
    'never answers %s with a CORS header, also not to preflights, errors and other paths',
    async origin => {
      for (const method of ['GET', 'POST', 'OPTIONS']) {
        for (const path of ['/auth', '/auth/user/openid', '/offiaccount/jssdk', '/jweixin.js', '/nothing']) {
          const headers = { origin, 'access-control-request-method': 'POST' }
          const answer = await exchange(gateway.url + path, { method, headers })
          expect(corsHeaders(answer.headers)).toEqual([])
          if (path.includes('/openid') || path.includes('/jssdk')) {
            expect(answer.headers.vary).toMatch(/\bOrigin\b/)
          }
        }
      }
    },
  )

  it.each(['/token', '/token/invalidate', '/TOKEN'])(
    'is not there for %s, also for listed origins',
    async path => {
      for (const method of ['GET', 'OPTIONS']) {
        const headers = { origin: listed, 'access-control-request-method': 'GET' }
        expect(corsHeaders((await exchange(gateway.url + path, { method, headers })).headers)).toEqual([])
      }
    },
  )
})

describe('every error is JSON', () => {
  it.each<[string, number, { method?: string; headers?: Record<string, string>; body?: string }?]>([
    ['/wechat/nothing', 404],
    ['/wechat', 404],
    ['/wechat//auth', 404],
    ['/', 404],
    ['/wechat/%zz', 404],
    ['/wechat/auth/user', 401],
    ['/wechat/auth?state=https://evil.example.com/', 400],
    ['/wechat/auth/logout', 405],
    ['/wechat/token', 401],
    ['/wechat/offiaccount/media', 400],
    ['/wechat/offiaccount/jssdk', 400, { method: 'POST', body: '[]' }],
    ['/wechat/offiaccount/jssdk', 413, { method: 'POST', body: `{"url":"${'x'.repeat(70_000)}"}` }],
  ])('%s: %i', async (path, status, options = {}) => {
    const answer = await exchange(gateway.origin + path, options)
    expect(answer).toMatchObject({ status, json: { status, msg: expect.any(String), data: null } })
  })

  it.each([
    ['no HTTP', 'HELLO\r\n\r\n', 400],
    [
      'headers without end',
      `GET /wechat/auth HTTP/1.1\r\nHost: a\r\nCookie: ${'x'.repeat(20_000)}\r\n\r\n`,
      431,
    ],
  ])('%s', async (_name, text, status) => {
    const answer = await speak(text)
    expect(answer).toMatch(`HTTP/1.1 ${status} `)
    expect(JSON.parse(answer.split('\r\n\r\n')[1] ?? '')).toMatchObject({ status, data: null })
  })

  it('of the rate limit too, by the address of the connection', async () => {
    const limited = await startGatewayApp({ ...wechat.env, RATE_LIMIT: '3' })
    onTestFinished(() => limited.close())
    const ask = (n: number) =>
      exchange(`${limited.url}/auth`, { headers: { 'x-forwarded-for': `198.51.100.${n}` } })
    for (let n = 0; n < 3; n++) expect((await ask(n)).status).toBe(302)
    const answer = await ask(4)
    expect(answer).toMatchObject({
      status: 429,
      json: { status: 429, msg: '请求太频繁，请稍后再试', data: null },
      headers: { 'retry-after': expect.any(String) },
    })
    // Who tells back ends about visitors, and whether it lives, is not limited by the address.
    expect((await exchange(`${limited.url}/auth/user/openid`, {})).status).toBe(401)
    expect((await exchange(`${limited.url}/auth/login`, {})).status).toBe(401)
    expect((await exchange(`${limited.origin}/healthz`, {})).status).toBe(200)
  })
})

describe('operators', () => {
  it('read of refreshes in /metrics, on a port of its own', async () => {
    const page = { url: `${gateway.origin}/page` }
    await exchange(`${gateway.url}/offiaccount/jssdk`, { method: 'POST', body: JSON.stringify(page) })
    const [, url = ''] = await gateway.wrote('stderr', /"url":"(http[^"]+\/metrics)"/)
    const { text } = await exchange(url, {})
    expect(text).toMatch('wechat_credential_refresh_duration_seconds_count{credential="access_token"} 1\n')
    expect(text).toMatch('wechat_credential_refresh_duration_seconds_count{credential="jsapi_ticket"} 1\n')
    expect(text).toMatch(
      /http_request_duration_seconds_count\{method="POST",path="\/offiaccount\/jssdk",status="200"\} 1\n/,
    )
    const paths = [...text.matchAll(/path="([^"]*)"/g)].map(([, path]) => path)
    expect(paths).toContain('other')
    expect(paths).not.toContain('/nothing')
    expect(paths).not.toContain('/wechat/nothing')
    expect((await exchange(new URL('/', url).href, {})).status).toBe(404)
    expect((await exchange(`${gateway.origin}/metrics`, {})).status).toBe(404)
    expect((await exchange(`${gateway.url}/metrics`, {})).status).toBe(404)
  })

  it('read why a request failed, in one line with its id, path and status', async () => {
    const mediaId = wechat.uploadMedia({ type: 'image', data: Buffer.from('GIF89a') })
    wechat.faults.next('/cgi-bin/media/get', { errcode: 48001, errmsg: 'api unauthorized rid: 1-2-3' })
    const answer = await exchange(`${gateway.url}/offiaccount/media?media_id=${mediaId}`, {})
    expect(answer).toMatchObject({ status: 500, json: { data: { errcode: 48001 } } })
    await gateway.wrote('stderr', /"failure":\{"code":"wechat_refused","status":500,.*"a request failed"/)

    await exchange(`${gateway.url}/after-the-failure`, {})
    await gateway.wrote('stderr', /after-the-failure/)
    const lines = gateway.stderr.split('\n').filter(line => line.includes('48001'))
    expect(lines.map(line => JSON.parse(line))).toEqual([
      expect.objectContaining({
        reqId: answer.headers['x-request-id'],
        req: { method: 'GET', path: '/wechat/offiaccount/media', ip: '127.0.0.1' },
        res: { status: 500 },
        failure: expect.objectContaining({ endpoint: '/cgi-bin/media/get', errcode: 48001 }),
      }),
    ])
  })

  it('read of requests that fail at the same time each its own reason', async () => {
    const errcodes = [48002, 48003, 48004, 48006]
    const ask = async (errcode: number) => {
      const mediaId = wechat.uploadMedia({ type: 'image', data: Buffer.from('GIF89a') })
      wechat.faults.next('/cgi-bin/media/get', { errcode, errmsg: 'refused' })
      return exchange(`${gateway.url}/offiaccount/media?media_id=${mediaId}`, {})
    }
    for (const answer of await Promise.all(errcodes.map(ask))) {
      const { data } = answer.json as { data: { errcode: number } }
      const [line] = await gateway.wrote('stderr', new RegExp(`.*${answer.headers['x-request-id']}.*`))
      expect(JSON.parse(line)).toMatchObject({ failure: { errcode: data.errcode } })
    }
  })

  it('read warnings of the process as lines of the log', async () => {
    gateway.kill('SIGUSR2')
    await gateway.wrote('stderr', /^\{"level":40,.*"code":"OF_A_TEST","msg":"of a test"\}$/m)
  })

  it('never read a cookie, code, state, token or key in the log', async () => {
    const visitor = newVisitor()
    const secretPage = `${gateway.origin}/page?secret=of-the-page`
    const begun = await visitor.open(`${gateway.url}/auth?state=${encodeURIComponent(secretPage)}`)
    const callback = new URL(wechat.approve(begun.location ?? '') ?? '')
    await visitor.open(callback.href)
    await visitor.open(callback.href.replace(/code=\w+/, 'code=another'), { accept: '*/*' })
    await exchange(`${gateway.url}/token?key=${key}`, { headers: { authorization: `Bearer ${key}` } })
    await exchange(`${gateway.url}/last-of-all`, {})
    await gateway.wrote('stderr', /last-of-all/)

    const secrets = [
      ...(await visitor.jar.getCookies(gateway.url)).map(({ value }) => value),
      callback.searchParams.get('code'),
      callback.searchParams.get('state'),
      ...wechat.currentAccessTokens,
      wechat.currentJsapiTicket,
      wechat.appSecret,
      key,
      'of-the-page',
    ]
    expect(secrets.length).toBeGreaterThan(7)
    for (const secret of secrets) expect(gateway.stderr).not.toContain(secret)
  })
})

/** Sends these bytes, and gives what comes back until the other side closes. */
function speak(text: string): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>()
  let answer = ''
  connect(Number(new URL(gateway.origin).port), '127.0.0.1')
    .setEncoding('utf8')
    .on('data', chunk => {
      answer += chunk
    })
    .once('error', reject)
    .once('close', () => resolve(answer))
    .write(text)
  return promise
}
