import { connect } from 'node:net'
import { text } from 'node:stream/consumers'
import express, {
  type Express,
  type NextFunction,
  type Request,
  type RequestHandler,
  type Response,
} from 'express'
import session from 'express-session'
import {
  type RequireWechatLoginOptions,
  requireWechatLogin,
  type TokenManager,
  wechatRouter,
} from 'express-wechat'
import { afterEach, describe, expect, it } from 'vitest'
import { type Answer, AS_SCRIPT, type Browser, createBrowser } from '../support/browser.ts'
import type { Listening } from '../support/listen.ts'
import { startProxy } from '../support/proxy.ts'
import { closeSites, errorBody, type Site, type SiteSetup, startSite } from '../support/site.ts'
import { keepWarnings } from '../support/warning.ts'

const MAIN = 'https://m.example.com'
const OTHER = 'https://h5.example.com'

const proxies: Listening[] = []
afterEach(async () => {
  await Promise.all([closeSites(), ...proxies.splice(0).map(proxy => proxy.close())])
})

function show(req: Request, res: Response): void {
  res.json({ openid: req.wechat.openid })
}

/** A site whose guard is at /capsule, and where each person is logged in without being asked. */
async function startGuarded(guard: RequireWechatLoginOptions, setup: SiteSetup = {}): Promise<Site> {
  const site = await startSite({
    ...setup,
    pages: (app: Express, tokenManager: TokenManager) =>
      void app.get('/capsule', requireWechatLogin({ tokenManager, ...guard }), show),
  })
  site.wechat.configure({ autoApprove: true })
  return site
}

/** A browser that reaches one server at both hosts, over https. */
const browserOfBoth = (site: Site) => createBrowser({ [MAIN]: site.local, [OTHER]: site.local })

/** Follows redirects for as long as browsers do, about twenty. */
async function walk(browser: Browser, url: string): Promise<{ end: Answer; hops: string[] }> {
  const first = await browser.follow(url)
  if (first.status !== 302) return { end: first, hops: first.hops }
  const last = first.hops.at(-1) ?? url
  const next = new URL(first.location, last).href
  const second = await browser.follow(next)
  return { end: second, hops: [...first.hops, next, ...second.hops] }
}

const places = (hops: string[]) => hops.map(hop => new URL(hop).origin + new URL(hop).pathname)
const logins = (hops: string[]) =>
  hops.filter(hop => new URL(hop).pathname.endsWith('/connect/oauth2/authorize'))

/** A site behind a proxy that strips /h5. */
async function startStripped(
  guard: (origin: string) => RequireWechatLoginOptions,
  setup: SiteSetup & { headers?: Record<string, string> } = {},
): Promise<{ site: Site; origin: string }> {
  let local = ''
  const proxy = await startProxy({ target: () => local, prefix: '/h5', headers: setup.headers ?? {} })
  proxies.push(proxy)
  const site = await startGuarded(guard(proxy.origin), {
    ...setup,
    router: { publicUrl: `${proxy.origin}/h5/wechat` },
  })
  local = site.local
  return { site, origin: proxy.origin }
}

describe('a guard behind a proxy that strips a prefix', () => {
  it.each<[string, RequireWechatLoginOptions, Record<string, string>]>([
    ['publicPath', { publicPath: '/h5' }, {}],
    ['X-Forwarded-Prefix', { trustForwardedPrefix: true }, { 'x-forwarded-prefix': '/h5' }],
    [
      'X-Forwarded-Prefix before publicPath',
      { trustForwardedPrefix: true, publicPath: '/other' },
      { 'x-forwarded-prefix': '/h5' },
    ],
  ])('sends people through the login and back to their page: %s', async (_name, guard, headers) => {
    const { site, origin } = await startStripped(() => guard, { headers })
    const { end, hops } = await walk(site.visitor(), `${origin}/h5/capsule?a=1`)
    expect(places(hops)).toEqual([
      `${origin}/h5/wechat/auth`,
      `${site.wechat.url}/connect/oauth2/authorize`,
      `${origin}/h5/wechat/auth/code`,
      `${origin}/h5/capsule`,
    ])
    expect([hops.at(-1), end.status]).toEqual([`${origin}/h5/capsule?a=1#`, 200])
  })

  it.each([
    '/h5/../evil',
    '/..',
    '//evil.test',
    'https://evil.test',
    '/h5/',
    '/h5,/x',
    '/h5?x',
    '/h5%2f',
    `/${'x'.repeat(256)}`,
  ])('ignores the X-Forwarded-Prefix "%s"', async prefix => {
    const site = await startGuarded({ trustForwardedPrefix: true, publicPath: '/own' })
    const visit = { headers: { 'x-forwarded-prefix': prefix } }
    const { location } = await site.visitor().open(`${site.origin}/capsule`, visit)
    expect(location).toBe('/own/wechat/auth?state=%2Fown%2Fcapsule')
  })

  it('ignores X-Forwarded-Prefix by default', async () => {
    const site = await startGuarded({})
    const visit = { headers: { 'x-forwarded-prefix': '/h5' } }
    const { location } = await site.visitor().open(`${site.origin}/capsule`, visit)
    expect(location).toBe('/wechat/auth?state=%2Fcapsule')
  })

  it.each(['h5', '/h5/', '/h5/..', '//h5'])('refuses the publicPath "%s" in the factory', publicPath => {
    expect(() => requireWechatLogin({ publicPath })).toThrow('requireWechatLogin: "publicPath" must be')
  })
})

describe('logins that do not last end', () => {
  const LOST: SiteSetup = { session: { cookie: { domain: 'other.test' } } }

  it('at a loginPath that is a URL of this host', async () => {
    let loginPath = ''
    const site = await startSite({
      ...LOST,
      pages: (app, tokenManager) => {
        const guard = (req: Request, res: Response, next: NextFunction) =>
          requireWechatLogin({ tokenManager, loginPath })(req, res, next)
        app.get('/capsule', guard, show)
      },
    })
    loginPath = `${site.base}/auth`
    site.wechat.configure({ autoApprove: true })
    const { end, hops } = await walk(site.visitor(), `${site.origin}/capsule`)
    expect(end.status).toBe(500)
    expect(logins(hops)).toHaveLength(1)
  })

  it('at a loginPath with a prefix that a proxy strips', async () => {
    let local = ''
    const proxy = await startProxy({ target: () => local, prefix: '/h5' })
    proxies.push(proxy)
    const site = await startGuarded(
      { loginPath: '/h5/wechat/auth' },
      { ...LOST, router: { publicUrl: `${proxy.origin}/wechat` } },
    )
    local = site.local
    const { end, hops } = await walk(createBrowser(), `${proxy.origin}/capsule`)
    expect(end.status).toBe(500)
    expect(end.text).toContain('登录状态没有保存下来')
    expect(logins(hops)).toHaveLength(1)
  })

  it('at a guard with publicPath', async () => {
    const { origin } = await startStripped(() => ({ publicPath: '/h5' }), LOST)
    const { end, hops } = await walk(createBrowser(), `${origin}/h5/capsule`)
    expect(end.status).toBe(500)
    expect(logins(hops)).toHaveLength(1)
  })

  it('at a loginPath of another host', async () => {
    const site = await startGuarded(
      { loginPath: `${MAIN}/wechat/auth` },
      { origin: MAIN, router: { publicUrl: `${MAIN}/wechat`, allowedOrigins: [OTHER] } },
    )
    const { end, hops } = await walk(browserOfBoth(site), `${OTHER}/capsule`)
    expect(end.status).toBe(500)
    expect(end.text).toContain('登录状态没有保存下来')
    expect(logins(hops)).toHaveLength(3)
  })

  it('at a loginPath that is redirected to publicUrl', async () => {
    const site = await startGuarded(
      {},
      { origin: MAIN, router: { publicUrl: `${MAIN}/wechat`, allowedOrigins: [OTHER] } },
    )
    const browser = browserOfBoth(site)
    // The first login of a process shows that logins are redirected here, and is not counted.
    await browser.open(`${OTHER}/wechat/auth`)
    const { end, hops } = await walk(browser, `${OTHER}/capsule`)
    expect(end.status).toBe(500)
    expect(logins(hops)).toHaveLength(3)
  })

  it('at a guard before the router if a proxy hides that the request is for the login', async () => {
    let local = ''
    const proxy = await startProxy({ target: () => local, prefix: '/h5' })
    proxies.push(proxy)
    const site = await startSite({
      pages: app => void app.get('/capsule', show),
      session: false,
      before: app => {
        app.use(session({ secret: 'a secret of the tests', resave: false, saveUninitialized: false }))
        app.use(requireWechatLogin({ loginPath: '/h5/wechat/auth' }))
      },
    })
    local = site.local
    const { end, hops } = await walk(createBrowser(), `${proxy.origin}/h5/capsule`)
    // What shows it is in the address, so it can also be a link that anybody made.
    expect(end.status).toBe(400)
    expect(hops.length).toBeLessThanOrEqual(2)
  })
})

describe('a login that begins at another host of the service', () => {
  const setup = (router: SiteSetup['router'] = {}): SiteSetup => ({
    origin: MAIN,
    router: { publicUrl: `${MAIN}/wechat`, allowedOrigins: [OTHER], ...router },
  })

  it('redirects to publicUrl once, before any cookie, and ends at its page after one login', async () => {
    const site = await startGuarded({}, setup())
    const browser = browserOfBoth(site)
    const first = await browser.open(`${OTHER}/wechat/auth?state=%2Fpage%3Fa%3D1&scope=snsapi_userinfo`)
    expect([first.status, first.setCookies]).toEqual([302, []])
    const hop = new URL(first.location)
    expect(hop.origin + hop.pathname).toBe(`${MAIN}/wechat/auth`)
    expect(Object.fromEntries(hop.searchParams)).toEqual({
      state: `${OTHER}/page?a=1`,
      scope: 'snsapi_userinfo',
      'wechat-hop': '1',
    })
    const { hops } = await walk(browser, first.location)
    expect(places(hops)).toEqual([
      `${site.wechat.url}/connect/oauth2/authorize`,
      `${MAIN}/wechat/auth/code`,
      `${OTHER}/page`,
    ])
  })

  it('goes to the default page if it names none', async () => {
    const site = await startGuarded({}, setup({ defaultReturnUrl: '/start' }))
    const { hops } = await walk(browserOfBoth(site), `${OTHER}/wechat/auth`)
    expect(hops[0]).toBe(`${MAIN}/wechat/auth?wechat-hop=1`)
    expect([hops.length, hops.at(-1)]).toEqual([4, `${MAIN}/start#`])
  })

  it.each(['https://evil.test/', '//evil.test', 'javascript:alert(1)'])(
    'is refused for the page %s',
    async page => {
      const site = await startGuarded({}, setup())
      const url = `${OTHER}/wechat/auth?state=${encodeURIComponent(page)}`
      expect((await browserOfBoth(site).open(url, AS_SCRIPT)).json).toEqual(errorBody(400))
    },
  )

  it('does not redirect twice if a proxy makes each request look like one to the other host', async () => {
    const site = await startGuarded({}, setup())
    const browser = createBrowser({ [MAIN]: site.local })
    const visit = { headers: { 'x-forwarded-host': 'h5.example.com' } }
    const first = await browser.open(`${MAIN}/wechat/auth?state=/page`, visit)
    const second = await browser.open(first.location, visit)
    expect(second.location).toContain('/connect/oauth2/authorize')
  })

  it('redirects from http to https only if a trusted proxy says that it is http', async () => {
    const site = await startGuarded({}, setup({ allowedOrigins: ['http://m.example.com'] }))
    const open = (proto: string | undefined) =>
      site.visitor().open(`${MAIN}/wechat/auth?state=/page`, { headers: { 'x-forwarded-proto': proto } })
    const state = encodeURIComponent('http://m.example.com/page')
    expect((await open('http')).location).toBe(`${MAIN}/wechat/auth?state=${state}&wechat-hop=1`)
    for (const proto of [undefined, 'https']) {
      expect((await open(proto)).location).toContain('/connect/oauth2/authorize')
    }
  })
})

describe('a proxy that rewrites the Host header causes no extra redirect', () => {
  it.each<[string, Record<string, string | undefined>, number | boolean]>([
    ['nginx without proxy_set_header', {}, false],
    ['nginx without proxy_set_header, trusted', { 'x-forwarded-proto': undefined }, 1],
    ['Vite with changeOrigin', { 'x-forwarded-host': undefined }, false],
    ['another Host header', { host: 'unknown.example.com' }, 1],
  ])('%s', async (_name, headers, trust) => {
    let local = ''
    const proxy = await startProxy({ target: () => local, headers })
    proxies.push(proxy)
    const site = await startGuarded(
      {},
      {
        before: app => void app.set('trust proxy', trust),
        router: { publicUrl: `${proxy.origin}/wechat`, allowedOrigins: [OTHER] },
      },
    )
    local = site.local
    const { end, hops } = await walk(createBrowser(), `${proxy.origin}/capsule`)
    expect(end.status).toBe(200)
    expect(places(hops)).toEqual([
      `${proxy.origin}/wechat/auth`,
      `${site.wechat.url}/connect/oauth2/authorize`,
      `${proxy.origin}/wechat/auth/code`,
      `${proxy.origin}/capsule`,
    ])
  })

  it('TLS without "trust proxy"', async () => {
    const site = await startGuarded(
      {},
      {
        origin: MAIN,
        before: app => void app.set('trust proxy', false),
        router: { publicUrl: `${MAIN}/wechat`, allowedOrigins: ['http://m.example.com', OTHER] },
      },
    )
    const { end, hops } = await walk(site.visitor(), `${MAIN}/capsule`)
    expect([end.status, hops.length]).toEqual([200, 4])
  })
})

describe('what the addresses of a request and of the router may be', () => {
  it.each(['https://evil.test/?', 'javascript', 'ftp', 'https://evil.test/#', 'ws, https'])(
    'refuses the X-Forwarded-Proto "%s", even of a trusted proxy',
    async proto => {
      const site = await startSite({ before: app => void app.set('trust proxy', 1) })
      const headers = { 'x-forwarded-proto': proto, accept: 'application/json' }
      expect((await site.visitor().open(`${site.base}/auth`, { headers })).json).toEqual(errorBody(400))
    },
  )

  it('takes a scheme in upper case', async () => {
    const site = await startSite({ before: app => void app.set('trust proxy', 1) })
    const { location } = await site
      .visitor()
      .open(`${site.base}/auth`, { headers: { 'x-forwarded-proto': 'HTTPS' } })
    expect(new URL(location).searchParams.get('redirect_uri')).toMatch(/^https:\/\/127\.0\.0\.1/)
  })

  it.each(['/a;Domain=evil.test/wechat', '/a%3b/../wechat', '/a"b/wechat', '/a%zz/wechat'])(
    'refuses a mount path that can not be the path of a cookie: %s',
    async path => {
      const site = await startSite({
        pages: (app, tokenManager) => {
          app.use(/^\/a[^/]*(?:\/\.\.)?\/wechat/, (req, res, next) =>
            mountAnywhere(tokenManager)(req, res, next),
          )
        },
      })
      const answer = await rawGet(site, `${path}/auth`)
      expect(answer).toMatch(/^HTTP\/1\.1 400 /)
      expect(answer).not.toMatch(/set-cookie/i)
    },
  )

  it('refuses a publicUrl that ends in /auth/code in the factory', async () => {
    await expect(startSite({ router: { publicUrl: `${MAIN}/wechat/auth/code` } })).rejects.toThrow(
      /wechatRouter: "publicUrl" must be the address of the router, not of its callback/,
    )
  })

  it('warns once if publicUrl lacks the mount path', async () => {
    const site = await startSite({ router: { publicUrl: MAIN } })
    const warnings = keepWarnings()
    for (let visit = 0; visit < 2; visit++) await site.visitor().open(`${site.local}/wechat/auth`)
    expect(await warnings()).toEqual([expect.stringContaining('does not end in the path')])
  })

  it('warns of nothing if publicUrl has the mount path, or a prefix before it', async () => {
    const warnings = keepWarnings()
    for (const publicUrl of [`${MAIN}/wechat`, `${MAIN}/h5/wechat/`]) {
      const site = await startSite({ router: { publicUrl } })
      await site.visitor().open(`${site.local}/wechat/auth`)
    }
    expect(await warnings()).toEqual([])
  })

  it('tells a visitor who came by http to a site of https so', async () => {
    const site = await startSite({
      origin: MAIN,
      router: { publicUrl: `${MAIN}/wechat` },
      session: { cookie: { secure: true } },
    })
    const headers = { 'x-forwarded-proto': 'http' }
    const page = await site.visitor().open(`${MAIN}/wechat/auth?state=/page`, { headers })
    expect([page.status, page.headers['content-type']]).toEqual([400, 'text/html; charset=utf-8'])
    expect(page.text).toContain('请使用 https 打开这个页面')
    expect(page.text).toContain(`href="${MAIN}/wechat/auth?state=/page"`)
    // Without these the simulator's phone shows an empty frame instead of the page.
    expect(page.headers['content-security-policy']).toContain(`frame-ancestors 'self' ${site.wechat.url}`)
    expect(page.text).toMatch(/<small>For developers, with the simulator: [^<]*#https_required/)
    const script = await site
      .visitor()
      .open(`${MAIN}/wechat/auth`, { headers: { ...headers, ...AS_SCRIPT.headers } })
    expect(script.json).toEqual({ status: 400, msg: '请使用 https 打开这个页面', data: null })
  })
})

function mountAnywhere(tokenManager: TokenManager): RequestHandler {
  const app = express()
  return app.use(
    session({ secret: 'a secret of the tests', resave: false, saveUninitialized: false }),
    wechatRouter({ tokenManager }),
  )
}

/** The answer's head. Node's client would change the path. */
async function rawGet(site: Site, path: string): Promise<string> {
  const { hostname, port, host } = new URL(site.local)
  const socket = connect(Number(port), hostname)
  socket.end(`GET ${path} HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`)
  return text(socket)
}
