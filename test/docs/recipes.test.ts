import { execFile, spawnSync } from 'node:child_process'
import { promisify } from 'node:util'
import express, { type Express } from 'express'
import session from 'express-session'
import { createTokenManager, type TokenManager, wechatRouter } from 'express-wechat'
import { type RunningSimulator, startSimulator } from 'express-wechat/simulator'
import { createServer, type UserConfig } from 'vite'
import { afterAll, afterEach, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest'
import { type Answer, type Browser, createBrowser } from '../support/browser.ts'
import { keepSecret } from '../support/canary.ts'
import { type Listening, listen } from '../support/listen.ts'
import { exchange } from '../support/visitor.ts'
import { findRecipe } from './guides.ts'
import { createRecipeLoader, type RecipeLoader } from './recipes.ts'

const MAIN = 'https://m.example.com'
const PAGES = 'https://h5.example.com'
const SECRET = 'a secret of at least thirty-two letters'

const hasCurl = spawnSync('curl', ['--version'], { stdio: 'ignore' }).status === 0
if (!hasCurl) console.warn('SKIPPED: the commands of the guide to the gateway need curl')

let wechat: RunningSimulator
let tokenManager: TokenManager
let recipes: RecipeLoader
const open = new Set<Listening>()

beforeAll(async () => {
  const hosts = ['m.example.com', 'h5.example.com']
  wechat = await startSimulator({ oauthDomains: hosts, safeDomains: hosts })
  keepSecret(wechat.appSecret)
  const { appId, appSecret, url } = wechat
  tokenManager = createTokenManager({ appId, appSecret, apiBaseUrl: url, openBaseUrl: url })
  recipes = createRecipeLoader({ tokenManager })
})

afterEach(async () => {
  await Promise.all([...open].map(listening => listening.close()))
  open.clear()
})

afterAll(async () => {
  recipes.close()
  await Promise.all([tokenManager.close(), wechat.close()])
})

/** The app of a sample, at its public address behind a proxy that ends TLS. */
async function serve(name: string, prepare?: (app: Express) => void): Promise<Listening> {
  const { app } = await recipes.load(name, prepare)
  return serveApp(app)
}

async function serveApp(app: Express): Promise<Listening> {
  const listening = await listen(app)
  open.add(listening)
  return listening
}

/** A phone that goes where redirects lead, except to the page `until`, and at WeChat logs in as this person. */
async function logIn(browser: Browser, page: string, personId: string, until = ''): Promise<Answer> {
  const isEnd = ({ status, location }: Answer) =>
    status !== 302 || (until !== '' && location.startsWith(until))
  let answer = await browser.open(page)
  for (let hop = 0; hop < 6 && !isEnd(answer); hop += 1) {
    const isAtWechat = answer.location.startsWith(wechat.url)
    const callback = isAtWechat ? wechat.approve(answer.location, { personId }) : answer.location
    const next = callback && new URL(callback, answer.url).href
    if (next === undefined) throw new Error(`WeChat makes no callback for ${answer.location}`)
    answer = await browser.open(next)
  }
  return answer
}

describe('the guide to production', () => {
  it('serves the file by which WeChat verifies a domain', async () => {
    const { origin } = await serve('domain-verification')
    const answer = await createBrowser().open(`${origin}/MP_verify_Ab12Cd34Ef56Gh78.txt`)
    expect(answer).toMatchObject({ status: 200, text: 'Ab12Cd34Ef56Gh78' })
  })

  it('has an app that logs people in behind a proxy, and answers as its checks say', async () => {
    vi.stubEnv('SESSION_SECRET', SECRET)
    vi.stubEnv('WECHAT_PUBLIC_URL', `${MAIN}/wechat`)
    const { origin } = await serve('production')
    const browser = createBrowser({ [MAIN]: origin })

    const page = await browser.open(`${MAIN}/capsule`, {
      headers: { accept: 'text/html', 'user-agent': 'MicroMessenger' },
    })
    expect(new URL(page.location, MAIN).href.split('?')[0]).toBe(`${MAIN}/wechat/auth`)
    const begun = await browser.open(`${MAIN}/wechat/auth`, {
      headers: { accept: '*/*', 'user-agent': 'curl' },
    })
    expect(begun.status).toBe(302)
    expect(begun.location).toContain('redirect_uri=https%3A%2F%2Fm.example.com%2Fwechat%2Fauth%2Fcode')
    const signed = await browser.open(`${MAIN}/wechat/offiaccount/jssdk`, {
      method: 'POST',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: JSON.stringify({ url: `${MAIN}/` }),
    })
    expect(signed).toMatchObject({ status: 200, json: { signature: expect.any(String) } })

    const end = await logIn(browser, `${MAIN}/capsule`, 'lin-xiaoyu')
    expect(end.json).toEqual({ openid: wechat.people.get('lin-xiaoyu')?.openid })
    const cookies = await browser.jar.getCookies(MAIN)
    expect(cookies.find(({ key }) => key === '__Host-sid')).toMatchObject({ secure: true, httpOnly: true })
  })

  it('has an app that does not start without a SESSION_SECRET', async () => {
    vi.stubEnv('SESSION_SECRET', '')
    await expect(recipes.load('production')).rejects.toThrow('SESSION_SECRET must be set')
  })
})

describe('the guide to rate limits', () => {
  it('limits each person behind one address, and the address far later', async () => {
    vi.stubEnv('WECHAT_PUBLIC_URL', `${MAIN}/wechat`)
    const { origin } = await serve('rate-limits', app =>
      app.use(session({ secret: SECRET, resave: false, saveUninitialized: false })),
    )
    const [lin, zhao] = [createBrowser({ [MAIN]: origin }), createBrowser({ [MAIN]: origin })]
    await logIn(lin, `${MAIN}/wechat/auth`, 'lin-xiaoyu')
    await logIn(zhao, `${MAIN}/wechat/auth`, 'zhao-min')
    const write = (browser: Browser) =>
      browser.open(`${MAIN}/api/letters`, { method: 'POST', headers: { accept: 'application/json' } })

    for (let letter = 0; letter < 30; letter += 1) expect((await write(lin)).status).toBe(201)
    expect(await write(lin)).toMatchObject({
      status: 429,
      json: { status: 429, msg: '请求过于频繁，请稍后再试', data: null },
    })
    expect((await write(zhao)).status).toBe(201)
    const { headers } = await lin.open(`${MAIN}/wechat/auth/user`)
    expect(headers.ratelimit).toMatch(/r=59\d/)
    for (const path of ['/auth/user/openid', '/token', '/push']) {
      const asked = await lin.open(`${MAIN}/wechat${path}`)
      expect([path, asked.headers.ratelimit]).toEqual([path, undefined])
    }
  })
})

describe('the guide to separated front ends', () => {
  it('has a configuration of Vite that leaves the Host header to the back end, for listed hosts', async () => {
    const backEnd = await serveApp(express().use((req, res) => void res.json({ host: req.headers.host })))
    const { default: config } = await recipes.load<{ default: UserConfig }>('vite')
    const table = Object.entries(config.server?.proxy ?? {}).map(([path, options]) => {
      expect(options).toMatchObject({ target: 'http://127.0.0.1:3000' })
      return [path, { ...Object(options), target: backEnd.origin }]
    })
    const server = await createServer({
      ...config,
      configFile: false,
      logLevel: 'silent',
      server: { ...config.server, host: '127.0.0.1', port: 0, ws: false, proxy: Object.fromEntries(table) },
    })
    onTestFinished(() => server.close())
    await server.listen()
    const [address = ''] = server.resolvedUrls?.local ?? []
    const ask = (host: string) => exchange(`${address}wechat/auth`, { headers: { host } })
    expect((await ask('m.example.com')).json).toEqual({ host: 'm.example.com' })
    const refused = await ask('evil.test')
    expect(refused).toMatchObject({ status: 403 })
    expect(refused.text).toContain('Blocked request. This host ("evil.test") is not allowed.')
  })

  it('has an app for pages of another host, which log in, are signed and read its answers', async () => {
    vi.stubEnv('SESSION_SECRET', SECRET)
    const { origin } = await serve('two-origins')
    const browser = createBrowser({ [MAIN]: origin })
    const page = `${PAGES}/orders/3`
    const end = await logIn(
      browser,
      `${MAIN}/wechat/auth?state=${encodeURIComponent(page)}`,
      'lin-xiaoyu',
      page,
    )
    expect(end.location).toBe(`${page}#`)

    const openid = wechat.people.get('lin-xiaoyu')?.openid
    const ask = (path: string, from: string) =>
      browser.open(`${MAIN}${path}`, { headers: { accept: 'application/json', origin: from } })
    for (const path of ['/wechat/auth/user/openid', '/api/orders']) {
      const answer = await ask(path, PAGES)
      expect(answer).toMatchObject({ status: 200, json: { openid } })
      expect(answer.headers).toMatchObject({
        'access-control-allow-origin': PAGES,
        'access-control-allow-credentials': 'true',
      })
    }
    const foreign = await ask('/wechat/auth/user/openid', 'https://evil.test')
    expect(foreign.headers['access-control-allow-origin']).toBeUndefined()
    const signed = await browser.open(`${MAIN}/wechat/offiaccount/jssdk`, {
      method: 'POST',
      headers: { origin: PAGES },
      body: JSON.stringify({ url: page }),
    })
    expect(signed).toMatchObject({ status: 200, json: { signature: expect.any(String) } })
  })
})

describe('the guide to many processes', () => {
  it.each(['redis-sentinel', 'redis-cluster'])('%s makes a token manager over such a client', async name => {
    for (const [variable, value] of Object.entries(wechat.env)) vi.stubEnv(variable, value)
    const { shared } = await recipes.load<{ shared: TokenManager }>(name)
    expect(shared.appId).toBe(wechat.appId)
    await shared.close()
  })
})

describe('the guide to the gateway', () => {
  it.skipIf(!hasCurl)('has commands that a gateway answers with token, API and visitor', async () => {
    const app = express().set('trust proxy', 1)
    app.use(session({ secret: SECRET, resave: false, saveUninitialized: false }))
    const key = 'a-key-of-at-least-thirty-two-letters'
    const [serviceKeys, allow] = [{ billing: key }, { billing: ['/cgi-bin/get_api_domain_ip'] }]
    app.use('/wechat', wechatRouter({ tokenManager, serviceKeys, apiProxy: { allow } }))
    const { origin } = await serveApp(app)
    const browser = createBrowser({ [MAIN]: origin })
    await logIn(browser, `${MAIN}/wechat/auth`, 'lin-xiaoyu')
    const { stdout } = await promisify(execFile)('bash', ['-euc', findRecipe('gateway-curl').code], {
      env: {
        ...process.env,
        GATEWAY: `${origin}/wechat`,
        BILLING_KEY: key,
        COOKIE: await browser.jar.getCookieString(MAIN),
      },
    })
    const [token, api, visitor] = stdout
      .trim()
      .split('\n')
      .map(line => JSON.parse(line))
    expect(token).toEqual({ access_token: expect.any(String), expires_in: expect.any(Number) })
    expect(api).toMatchObject({ ip_list: expect.any(Array) })
    expect(visitor).toEqual({ openid: wechat.people.get('lin-xiaoyu')?.openid })
  })
})
