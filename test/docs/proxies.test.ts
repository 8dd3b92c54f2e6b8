import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Express } from 'express'
import session from 'express-session'
import { createTokenManager, type TokenManager, wechatRouter } from 'express-wechat'
import { type RunningSimulator, startSimulator } from 'express-wechat/simulator'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { findService } from '../../scripts/services.js'
import { createBrowser } from '../support/browser.ts'
import { keepSecret } from '../support/canary.ts'
import { freePort, type Listening, listen } from '../support/listen.ts'
import { canRunNginx, startNginx } from '../support/nginx.ts'
import { until } from '../support/until.ts'
import { exchange } from '../support/visitor.ts'
import { findRecipe } from './guides.ts'
import { createRecipeLoader, type RecipeLoader } from './recipes.ts'

const caddyProgram = findService('Caddy')
if (!caddyProgram)
  console.warn('SKIPPED: the samples for Caddy need it (Debian: caddy), or its path in CADDY')

const HOST = 'm.example.com'
/** What a client sends that wants to be taken for another one. */
const FORGED = {
  'x-forwarded-for': '203.0.113.9',
  'x-forwarded-host': 'evil.test',
  'x-forwarded-proto': 'ftp',
}

let wechat: RunningSimulator
let tokenManager: TokenManager
let recipes: RecipeLoader
let plain: Listening
let prefixed: Listening

beforeAll(async () => {
  wechat = await startSimulator({ oauthDomains: [HOST], safeDomains: [HOST], autoApprove: true })
  keepSecret(wechat.appSecret)
  const { appId, appSecret, url } = wechat
  tokenManager = createTokenManager({ appId, appSecret, apiBaseUrl: url, openBaseUrl: url })
  recipes = createRecipeLoader({ tokenManager })

  const { app } = await recipes.load('trust-proxy')
  addSession(app)
  // No publicUrl, so that the addresses are made of what the proxy says.
  app.use('/wechat', wechatRouter({ tokenManager }))
  app.get('/seen', (req, res) => {
    res.json({ ip: req.ip, protocol: req.protocol, host: req.host })
  })
  plain = await listen(app)

  prefixed = await listen((await recipes.load('prefix', addSession)).app)
})

afterAll(async () => {
  recipes.close()
  await Promise.all([plain.close(), prefixed.close(), tokenManager.close(), wechat.close()])
})

function addSession(app: Express): void {
  app.set('trust proxy', 1)
  app.use(session({ secret: 'of these tests', resave: false, saveUninitialized: false }))
}

/** A sample with the address of an app of this test. */
function configure(recipe: string, app: Listening): string {
  return findRecipe(recipe).code.replaceAll('127.0.0.1:3000', new URL(app.origin).host)
}

/** A browser whose requests for the host go through an nginx with these locations. */
async function startNginxAt(locations: string) {
  const nginx = await startNginx({ http: 'return 404;', https: locations })
  onTestFinished(() => nginx.close())
  return createBrowser({ [`https://${HOST}`]: `https://127.0.0.1:${nginx.ports.https}` })
}

describe.skipIf(!canRunNginx)('behind nginx as in the guide', () => {
  it('an app sees the host, scheme and address of the browser, and no client chooses them', async () => {
    const browser = await startNginxAt(configure('nginx', plain) + configure('nginx-prefix', prefixed))
    const seen = await browser.open(`https://${HOST}/seen`, { headers: FORGED })
    expect(seen.json).toEqual({ ip: '127.0.0.1', protocol: 'https', host: HOST })
    const begun = await browser.open(`https://${HOST}/wechat/auth`)
    expect(begun.location).toContain(`redirect_uri=${encodeURIComponent(`https://${HOST}/wechat/auth/code`)}`)

    const end = await browser.follow(`https://${HOST}/h5/capsule`)
    expect(end).toMatchObject({ status: 200, json: { openid: expect.stringMatching(/^osim_/) } })
    expect(end.hops.at(-1)).toMatch(`https://${HOST}/h5/capsule`)
  })
})

describe.skipIf(!canRunNginx)('behind nginx that asks a gateway, as in the guide', () => {
  it('people log in and come back to the page, and no browser opens the internal address', async () => {
    const members = await listen((req, res) => void res.end(`the page ${req.url}`))
    onTestFinished(members.close)
    const host = new URL(members.origin).host
    const browser = await startNginxAt(configure('nginx-auth-request', plain).replace('127.0.0.1:4000', host))
    const end = await browser.follow(`https://${HOST}/members/news?a=1`)
    expect(end).toMatchObject({ status: 200, text: 'the page /members/news' })
    expect(end.hops[0]).toBe(`https://${HOST}/wechat/auth?state=/members/news`)
    const internal = await browser.open(`https://${HOST}/_login`)
    expect(internal.status).toBe(404)
  })
})

describe.skipIf(!caddyProgram)('behind Caddy as in the guide', () => {
  /** Runs the samples, each as a site without TLS at a port of its own. */
  async function start(sites: string[]): Promise<string[]> {
    const folder = mkdtempSync(join(tmpdir(), 'express-wechat-caddy-'))
    const ports = await Promise.all(sites.map(freePort))
    const file = join(folder, 'Caddyfile')
    const blocks = sites.map((site, index) => site.replace(HOST, `http://${HOST}:${ports[index]}`))
    writeFileSync(file, `{\n\tadmin off\n\tauto_https off\n}\n${blocks.join('\n')}`)
    const child = spawn(caddyProgram ?? '', ['run', '--config', file, '--adapter', 'caddyfile'], {
      stdio: 'ignore',
      env: { ...process.env, HOME: folder, XDG_DATA_HOME: folder, XDG_CONFIG_HOME: folder },
    })
    onTestFinished(async () => {
      const gone = new Promise(done => child.once('exit', done))
      child.kill('SIGTERM')
      await gone
      rmSync(folder, { recursive: true, force: true })
    })
    const origins = ports.map(port => `http://127.0.0.1:${port}`)
    const answers = (origin: string) =>
      exchange(origin, { headers: { host: HOST } }).then(
        () => true,
        () => false,
      )
    for (const origin of origins) await until('Caddy answers', () => answers(origin))
    return origins
  }

  it('an app sees the host and the address of the browser, and the prefix that was stripped', async () => {
    const [main = '', below = ''] = await start([
      configure('caddy', plain),
      configure('caddy-prefix', prefixed),
    ])
    const host = (origin: string) => `${HOST}:${new URL(origin).port}`
    const seen = await exchange(`${main}/seen`, { headers: { ...FORGED, host: host(main) } })
    expect(seen.json).toEqual({ ip: '127.0.0.1', protocol: 'http', host: host(main) })
    const guarded = await exchange(`${below}/h5/capsule`, {
      headers: { host: host(below), accept: 'text/html', 'x-forwarded-prefix': '/evil' },
    })
    expect(guarded.headers.location).toMatch(/^\/h5\/wechat\/auth\?state=%2Fh5%2Fcapsule/)
  })
})
