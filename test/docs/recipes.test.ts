import session from 'express-session'
import { createTokenManager, type TokenManager } from 'express-wechat'
import { type RunningSimulator, startSimulator } from 'express-wechat/simulator'
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import { type Answer, type Browser, createBrowser } from '../support/browser.ts'
import { keepSecret } from '../support/canary.ts'
import { type Listening, listen } from '../support/listen.ts'
import { createRecipeLoader, type RecipeLoader } from './recipes.ts'

const MAIN = 'https://m.example.com'
const SECRET = 'a secret of at least thirty-two letters'

let wechat: RunningSimulator
let tokenManager: TokenManager
let recipes: RecipeLoader
const open = new Set<Listening>()

beforeAll(async () => {
  const hosts = ['m.example.com', 'h5.example.com', '127.0.0.1']
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
async function serve(name: string, prepare?: Parameters<RecipeLoader['load']>[1]): Promise<Listening> {
  const { app } = await recipes.load(name, prepare)
  const listening = await listen(app)
  open.add(listening)
  return listening
}

/** A phone that goes where redirects lead, and at WeChat logs in as this person. */
async function logIn(browser: Browser, page: string, personId: string): Promise<Answer> {
  let answer = await browser.open(page)
  for (let hop = 0; hop < 6 && answer.status === 302; hop += 1) {
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
    const asked = await lin.open(`${MAIN}/wechat/auth/user/openid`)
    expect(asked.headers.ratelimit).toBeUndefined()
  })
})
