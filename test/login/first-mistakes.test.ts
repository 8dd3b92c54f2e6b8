import { get } from 'node:http'
import express, { type Express, type Request, type RequestHandler, type Response } from 'express'
import session from 'express-session'
import { jssdkConfigHandler, requireWechatLogin } from 'express-wechat'
import { afterEach, describe, expect, it } from 'vitest'
import { type Answer, AS_SCRIPT, type Browser } from '../support/browser.ts'
import { listen } from '../support/listen.ts'
import { closeSites, type Site, startSite } from '../support/site.ts'
import { keepWarnings } from '../support/warning.ts'

afterEach(closeSites)

const UNREACHABLE = { status: 502, msg: '暂时无法连接微信，请稍后再试', data: null }

function sessions(options: Partial<session.SessionOptions> = {}): RequestHandler {
  return session({ secret: 'a secret of the tests', resave: false, saveUninitialized: false, ...options })
}

function show(req: Request, res: Response): void {
  res.json({ openid: req.wechat.openid })
}

/** The address of a port on which no server listens. */
async function closedOrigin(): Promise<string> {
  const server = await listen((_req, res) => res.end())
  await server.close()
  return server.origin
}

/** Asks for a path as it is; `fetch` resolves its dot segments before. */
async function statusOf(origin: string, path: string): Promise<number | undefined> {
  const { promise, resolve, reject } = Promise.withResolvers<number | undefined>()
  get(origin, { path, headers: { accept: 'application/json' }, agent: false }, answer => {
    answer.resume().once('end', () => resolve(answer.statusCode))
  }).once('error', reject)
  return promise
}

/** Follows redirects for as long as browsers do, about twenty. */
async function followAll(browser: Browser, url: string): Promise<{ end: Answer; paths: string[] }> {
  const first = await browser.follow(url)
  const second = first.status === 302 ? await browser.follow(first.location) : undefined
  const hops = [...first.hops, ...(second ? [first.location, ...second.hops] : [])]
  return { end: second ?? first, paths: hops.map(hop => new URL(hop).pathname) }
}

describe('a session that a handler does not see', () => {
  it.each<[string, (app: Express) => void]>([
    ['no session is mounted', app => void app.get('/capsule', requireWechatLogin(), show)],
    [
      'the session is mounted after the guard',
      app => void app.use(requireWechatLogin(), sessions()).get('/capsule', show),
    ],
    [
      "the session's cookie has another path",
      app =>
        void app.use(sessions({ cookie: { path: '/wechat' } })).get('/capsule', requireWechatLogin(), show),
    ],
    [
      'a satellite of a gateway has no session',
      app => void app.get('/capsule', requireWechatLogin({ gateway: 'http://127.0.0.1:9/wechat' }), show),
    ],
  ])('is 503, and one warning says what to mount: %s', async (_name, pages) => {
    const site = await startSite({ session: false, pages })
    const warnings = keepWarnings()
    const browser = site.visitor()
    for (const visit of [{}, AS_SCRIPT]) {
      expect((await browser.open(`${site.origin}/capsule`, visit)).status).toBe(503)
    }
    const texts = await warnings()
    expect(texts).toHaveLength(1)
    expect(texts[0]).toContain('Mount app.use(session(…)) of express-session before')
  })

  it('is one warning of the login too if the session is mounted after the router', async () => {
    const site = await startSite({ session: false, pages: app => void app.use(sessions()) })
    const warnings = keepWarnings()
    for (let visit = 0; visit < 3; visit++) {
      expect((await site.visitor().open(`${site.base}/auth`)).status).toBe(503)
    }
    expect(await warnings()).toEqual([expect.stringContaining('Mount app.use(session(…))')])
  })
})

describe('a guard that stands before the router', () => {
  const startGuarded = (options: object = {}) =>
    startSite({
      session: false,
      before: app => void app.use(sessions(), requireWechatLogin(options)),
      pages: app => void app.get('/capsule', show),
    })

  it.each([{}, { scope: 'snsapi_userinfo' }])(
    'lets the login through, and it ends at the page: %o',
    async options => {
      const site = await startGuarded(options)
      site.wechat.configure({ autoApprove: true })
      const { end, paths } = await followAll(site.visitor(), `${site.origin}/capsule`)
      expect(paths).toEqual(['/wechat/auth', '/connect/oauth2/authorize', '/wechat/auth/code', '/capsule'])
      expect(end.json).toEqual({ openid: site.wechat.people.list()[0]?.openid })
    },
  )

  it.each([
    '/wechat/auth/user',
    '/wechat/auth/',
    '/wechat/authors',
    '/wechat/auth/code/x',
    '/wechat/auth/scanner',
    '/wechat/auth/scan/x/other',
    '/WECHAT/auth',
    '/',
  ])('guards %s, which is not where a login takes place', async path => {
    const site = await startGuarded()
    expect((await site.visitor().open(site.origin + path, AS_SCRIPT)).json).toMatchObject({
      data: { loginUrl: '/wechat/auth' },
    })
  })

  it.each([
    '/wechat/auth/scan/../../../',
    '/wechat/auth/scan/%2e%2e/%2E%2E/../',
    '/wechat/auth/scan/..%2f..%2f..%2f',
    '/wechat/auth/scan/x/../../../../',
  ])('guards the files of a static folder, though their address begins as the login: %s', async up => {
    const site = await startSite({
      session: false,
      before: app =>
        void app.use(
          sessions(),
          requireWechatLogin(),
          express.static(import.meta.dirname, { redirect: false }),
        ),
    })
    expect(await statusOf(site.local, `${up}first-mistakes.test.ts`)).toBe(401)
  })

  it('answers 400 to a link that looks like a redirect to itself, and warns once a minute', async () => {
    const site = await startSite({ pages: app => void app.use(requireWechatLogin()) })
    const warnings = keepWarnings()
    for (let visit = 0; visit < 3; visit++) {
      const link = `${site.origin}/auth?state=${encodeURIComponent('/auth?state=1')}`
      const answer = await site.visitor().open(link)
      expect(answer.status).toBe(400)
      expect(answer.text).toContain('重新登录')
    }
    expect(await warnings()).toEqual([expect.stringContaining('Mount wechatAuthRouter() first')])
  })

  it('lets nothing pass for a loginPath with a host, and a warning says what to do', async () => {
    let loginPath = ''
    const site = await startSite({
      session: false,
      before: app => {
        app.use(sessions(), (req, res, next) => requireWechatLogin({ loginPath })(req, res, next))
      },
    })
    loginPath = `${site.base}/auth`
    const warnings = keepWarnings()
    const { end, paths } = await followAll(site.visitor(), `${site.origin}/capsule`)
    expect([end.status, paths]).toEqual([500, ['/wechat/auth']])
    expect(await warnings()).toEqual([expect.stringContaining('Mount wechatAuthRouter() first')])
  })
})

describe('a server that forgot its sessions right after a login', () => {
  /** Which session middleware the next request meets. */
  type Pick = () => RequestHandler

  async function startForgetful(pick: Pick): Promise<Site> {
    const site = await startSite({
      session: false,
      before: app => void app.use((req, res, next) => pick()(req, res, next)),
      pages: (app, tokenManager) => void app.get('/capsule', requireWechatLogin({ tokenManager }), show),
    })
    site.wechat.configure({ autoApprove: true })
    return site
  }

  it.each([
    ['with an empty MemoryStore', {}],
    ['with another SESSION_SECRET', { secret: 'made anew' }],
  ])('logs people in again: %s', async (_name, restarted) => {
    let current = sessions()
    const site = await startForgetful(() => current)
    const browser = site.visitor()
    await followAll(browser, `${site.origin}/capsule`)
    const warnings = keepWarnings()
    for (let restart = 0; restart < 2; restart++) {
      current = sessions(restarted)
      const { end, paths } = await followAll(browser, `${site.origin}/capsule`)
      expect(end.json).toEqual({ openid: site.wechat.people.list()[0]?.openid })
      expect(paths).toHaveLength(4)
    }
    expect(await warnings()).toEqual([])
  })

  it('ends after three logins if two processes share no store, and the warning says so', async () => {
    const processes = [sessions(), sessions()]
    let turn = 0
    const site = await startForgetful(() => processes[turn++ % 2] ?? sessions())
    const warnings = keepWarnings()
    const { end, paths } = await followAll(site.visitor(), `${site.origin}/capsule`)
    expect(end.status).toBe(500)
    expect(end.text).toContain('登录状态没有保存下来')
    expect(paths.filter(path => path === '/wechat/auth')).toHaveLength(3)
    const [text, ...more] = await warnings()
    expect(text).toMatch(/MemoryStore.*several processes.*SESSION_SECRET/)
    expect(more).toEqual([])
  })

  it("ends after one login if the session cookie is lost and another app's is kept", async () => {
    const site = await startSite({
      session: { cookie: { domain: 'other.test' } },
      pages: (app, tokenManager) => void app.get('/capsule', requireWechatLogin({ tokenManager }), show),
    })
    site.wechat.configure({ autoApprove: true })
    const browser = site.visitor()
    await browser.jar.setCookie('other.sid=s%3Aanother-id.signature; Path=/', site.origin)
    const { end, paths } = await followAll(browser, `${site.origin}/capsule`)
    expect([end.status, paths.length]).toEqual([500, 4])
  })

  it.each(['', 'x', '0.', '1.', '1.%00', '-9.AAAA', '1e9.x'])(
    'ignores a returned mark that ends in "%s", which no router sets',
    async end => {
      const site = await startForgetful(() => sessions())
      const mark = `${Buffer.from('/wechat/auth').toString('base64url')}.${end}`
      const visit = { cookie: `wechat-returned=${mark}` }
      expect((await site.visitor().open(`${site.origin}/capsule`, visit)).status).toBe(302)
    },
  )
})

describe('a failure that is not of this server', () => {
  function sign(site: Site, path = '/wechat/offiaccount/jssdk'): Promise<Answer> {
    const body = JSON.stringify({ url: `${site.origin}/` })
    return site.visitor().open(site.origin + path, { method: 'POST', body })
  }

  it("if WeChat can't be reached: says so, with one warning that names host and reason", async () => {
    const apiBaseUrl = await closedOrigin()
    const site = await startSite({
      manager: { apiBaseUrl },
      pages: (app, tokenManager) => void app.post('/second', jssdkConfigHandler({ tokenManager })),
    })
    const warnings = keepWarnings()
    expect((await sign(site)).json).toEqual(UNREACHABLE)
    expect((await sign(site)).json).toEqual(UNREACHABLE)
    // It makes no call of its own so soon after the first failure, and its warning names the reason all the same.
    expect((await sign(site, '/second')).json).toEqual(UNREACHABLE)
    const reason = `cannot reach ${new URL(apiBaseUrl).host}: ECONNREFUSED`
    expect(await warnings()).toEqual([expect.stringContaining(reason), expect.stringContaining(reason)])
  })

  it('is told so at the callback of a login and for media too', async () => {
    const apiBaseUrl = await closedOrigin()
    const site = await startSite({ manager: { apiBaseUrl } })
    const warnings = keepWarnings()
    const callback = await site.login(site.visitor())
    expect([callback.status, callback.text]).toEqual([502, expect.stringContaining(UNREACHABLE.msg)])
    const media = await site.visitor().open(`${site.base}/offiaccount/media?media_id=abc`, AS_SCRIPT)
    expect(media.json).toEqual(UNREACHABLE)
    for (const text of await warnings()) expect(text).toContain('ECONNREFUSED')
  })

  it.each([
    ['a cut connection', 'reset', 502, /connection to 127\.0\.0\.1:\d+ failed: ECONNRESET/],
    ['an unknown errcode', { errcode: 99999 }, 502, /99999/],
    ['HTML instead of JSON', 'html', 502, /no JSON object/],
    ['silence', 'hang', 504, /stable_token: (?:no (?:complete )?answer|nothing within the time limit)/],
  ] as const)('is one warning per handler: %s', async (_name, fault, status, reason) => {
    const site = await startSite({ manager: { timeoutMs: status === 504 ? 300 : 10_000 } })
    site.wechat.faults.always('/cgi-bin/stable_token', fault)
    const warnings = keepWarnings()
    for (let visit = 0; visit < 3; visit++) expect((await sign(site)).status).toBe(status)
    const texts = await warnings()
    expect(texts).toHaveLength(1)
    expect(texts[0]).toMatch(reason)
    expect(texts[0]).not.toMatch(/[?&](?:secret|access_token|appid)=/)
  })

  it('is one warning of a satellite that cannot reach its gateway', async () => {
    const gateway = await closedOrigin()
    const site = await startSite({
      pages: app => void app.get('/orders', requireWechatLogin({ gateway: `${gateway}/wechat` }), show),
    })
    const warnings = keepWarnings()
    const visit = { ...AS_SCRIPT, cookie: 'wechat.sid=s%3Aan-id.a-signature' }
    for (let times = 0; times < 2; times++) {
      expect((await site.visitor().open(`${site.origin}/orders`, visit)).status).toBe(503)
    }
    const texts = await warnings()
    expect(texts).toEqual([expect.stringContaining(`cannot reach ${new URL(gateway).host}: ECONNREFUSED`)])
    expect(texts[0]).not.toContain('an-id')
  })
})
