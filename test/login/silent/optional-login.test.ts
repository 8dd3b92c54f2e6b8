import type { Express, Request, Response } from 'express'
import {
  createMemoryTokenStore,
  getWechatLogin,
  type RequireWechatLoginOptions,
  requireWechatLogin,
  type TokenManager,
} from 'express-wechat'
import { afterAll, describe, expect, it, vi } from 'vitest'
import { AS_SCRIPT, type Browser } from '../../support/browser.ts'
import { listenTo } from '../../support/channels.ts'
import { closeSites, type Site, type SiteSetup, startSite } from '../../support/site.ts'

afterAll(closeSites)

const OUTSIDE = { 'user-agent': 'Mozilla/5.0 (X11; Linux) Firefox/140.0' }

function show(req: Request, res: Response): void {
  res.json({ openid: getWechatLogin(req)?.openid ?? null, hasWechat: 'wechat' in req })
}

async function startWith(options: RequireWechatLoginOptions, setup: SiteSetup = {}): Promise<Site> {
  return startSite({
    ...setup,
    pages(app: Express, tokenManager: TokenManager) {
      const guard = requireWechatLogin({ tokenManager, ...options })
      app.get('/', guard, show)
      app.get('/page', guard, show)
      app.post('/page', guard, show)
      app.get('/other', guard, show)
      const second = requireWechatLogin({ tokenManager, sessionKey: 'second', optional: true })
      app.get('/two', requireWechatLogin({ tokenManager }), second, show)
    },
  })
}

const VISITOR = { openid: null, hasWechat: false }

/** Goes where redirects lead, and lets the simulated person pass WeChat's page. Resolves to all addresses. */
async function travel(site: Site, browser: Browser, url: string, approval = {}) {
  const hops: string[] = []
  let answer = await browser.open(url)
  while (answer.status === 302 && hops.length < 15) {
    const next = new URL(answer.location, answer.url).href
    hops.push(next)
    const isWechat = next.startsWith(`${site.wechat.url}/connect`)
    answer = await browser.open(isWechat ? (site.wechat.approve(next, approval) ?? '') : next)
  }
  return { hops, answer, logins: hops.filter(hop => hop.includes('/connect/oauth2/authorize')).length }
}

/** A browser that keeps no cookies. */
function withoutCookies(browser: Browser): Browser {
  return { ...browser, open: (url, visit) => browser.open(url, { cookie: '', ...visit }) }
}

describe('a guard with "optional"', () => {
  it('passes visitors of every kind, and people who are logged in with their login', async () => {
    const site = await startWith({ optional: true })
    const browser = site.visitor()
    for (const visit of [{}, AS_SCRIPT, { headers: OUTSIDE }, { method: 'POST' }]) {
      expect((await browser.open(`${site.origin}/page`, visit)).json).toEqual(VISITOR)
    }
    await site.login(browser)
    const { openid } = site.wechat.people.get('lin-xiaoyu') ?? {}
    expect((await browser.open(`${site.origin}/page`)).json).toEqual({ openid, hasWechat: true })
  })

  it('leaves a visitor of its account nothing of the login of another one', async () => {
    const site = await startWith({ optional: true })
    const browser = site.visitor()
    await site.login(browser)
    expect((await browser.open(`${site.origin}/two`)).json).toEqual(VISITOR)
  })

  it('takes a login that lacks its scope for none', async () => {
    const site = await startWith({ optional: true, scope: 'snsapi_userinfo' })
    const browser = site.visitor()
    await site.login(browser)
    expect((await browser.open(`${site.origin}/page`)).json).toEqual(VISITOR)
  })

  it('takes everybody for a visitor if there is no session, and reports it', async () => {
    const site = await startWith({ optional: true, silent: true }, { session: false })
    const failures = listenTo('express-wechat:request-failed')
    expect((await site.visitor().open(`${site.origin}/page`)).json).toEqual(VISITOR)
    expect(failures.stop()).toMatchObject([{ code: 'session_unavailable' }])
  })
})

describe('a guard with "silent"', () => {
  it('logs a new visitor in by one login, and comes back to the clean address', async () => {
    const site = await startWith({ optional: true, silent: true })
    const browser = site.visitor()
    const { answer, logins, hops } = await travel(site, browser, `${site.origin}/page?a=1`)
    expect(answer.json).toMatchObject({ openid: site.wechat.people.get('lin-xiaoyu')?.openid })
    expect(answer.url).toBe(`${site.origin}/page?a=1`)
    expect(logins).toBe(1)
    expect(hops.find(hop => hop.includes('/connect/'))).toContain('scope=snsapi_base')
    for (let view = 0; view < 20; view += 1) {
      expect((await browser.open(`${site.origin}/page?a=1`)).status).toBe(200)
    }
  })

  it.each([
    [1_633, 1_633],
    [1_634, '/page'.length],
  ])('keeps an address of %i characters to %i of them, by one login', async (given, kept) => {
    const site = await startWith({ optional: true, silent: true })
    const page = '/page?q='.padEnd(given, 'x')
    const expected = site.origin + page.slice(0, kept)
    const { answer, logins } = await travel(site, site.visitor(), site.origin + page)
    expect([logins, answer.url]).toEqual([1, expected])
    const visit = await travel(site, site.visitor(), site.origin + page, { snapshot: true })
    expect(visit.logins).toBe(1)
    expect(visit.answer.json).toEqual(VISITOR)
    expect(visit.answer.url.replace(/[?&]wechat-silent=.*/, '')).toBe(expected)
  })

  it('passes a snapshot-page user after one login, and for the next 20 views of the page', async () => {
    const site = await startWith({ optional: true, silent: true })
    const browser = site.visitor()
    const { answer, logins } = await travel(site, browser, `${site.origin}/page`, { snapshot: true })
    expect(answer.json).toEqual(VISITOR)
    expect(answer.url).toContain('/page?wechat-silent=')
    expect(logins).toBe(1)
    for (let view = 0; view < 20; view += 1) {
      expect((await browser.open(answer.url)).json).toEqual(VISITOR)
      expect((await browser.open(`${site.origin}/page`)).json).toEqual(VISITOR)
    }
  })

  it('ends at the marked page without cookies, which never leaves for WeChat', async () => {
    const site = await startWith({ optional: true, silent: true })
    const browser = withoutCookies(site.visitor())
    const { answer, logins } = await travel(site, browser, `${site.origin}/page?a=1`)
    expect(answer.json).toEqual(VISITOR)
    expect(answer.url).toContain('/page?a=1&wechat-silent=')
    expect(logins).toBe(0)
    for (let view = 0; view < 20; view += 1) {
      expect((await browser.open(answer.url)).json).toEqual(VISITOR)
    }
  })

  it('ends at a marked page if the cookies are lost on the way through WeChat', async () => {
    const site = await startWith({ optional: true, silent: true })
    const browser = site.visitor()
    await browser.open(`${site.base}/auth`)
    const login = (await browser.open(`${site.origin}/page`)).location
    const begun = await browser.open(site.origin + login)
    const callback = site.wechat.approve(begun.location) ?? ''
    const lost = await travel(site, withoutCookies(site.visitor()), callback)
    expect(lost.answer.json).toEqual(VISITOR)
    // One redirect, so it is the router that marked the page.
    expect(lost.hops).toEqual([expect.stringContaining(`${site.origin}/?wechat-silent=`)])
  })

  it.each([
    [
      'WeChat refuses the code',
      (site: Site) => site.wechat.faults.next('/sns/oauth2/access_token', { errcode: 40029 }),
      0,
    ],
    [
      'WeChat is busy',
      (site: Site) => site.wechat.faults.next('/sns/oauth2/access_token', { status: 502 }),
      1,
    ],
    [
      'the session store is down',
      (site: Site) => void site.sessions.failing.add('set').add('get').add('destroy'),
      1,
    ],
  ])('ends at its page with 200 if %s', async (_name, fail, reported) => {
    const site = await startWith({ optional: true, silent: true })
    fail(site)
    const failures = listenTo('express-wechat:request-failed')
    const { answer, logins } = await travel(site, site.visitor(), `${site.origin}/page`)
    expect(answer.status).toBe(200)
    expect(answer.json).toEqual(VISITOR)
    expect(logins).toBe(1)
    expect(failures.stop()).toHaveLength(reported)
  })

  it('ends at its page with 200 if the token store is down', async () => {
    const store = Object.assign(createMemoryTokenStore(), {
      claim: async () => Promise.reject(new Error('down')),
    })
    const site = await startWith({ optional: true, silent: true }, { manager: { store } })
    const { answer, logins } = await travel(site, site.visitor(), `${site.origin}/page`)
    expect(answer.json).toEqual(VISITOR)
    expect(logins).toBe(1)
  })

  it('ends at its page if the app refuses the person', async () => {
    const onLogin = () => Promise.reject(new Error('banned'))
    const site = await startWith({ optional: true, silent: true }, { router: { onLogin } })
    const { answer } = await travel(site, site.visitor(), `${site.origin}/page`)
    expect(answer.json).toEqual(VISITOR)
  })

  it('tries again after five minutes, for another page, and not for a foreign mark', async () => {
    const site = await startWith({ optional: true, silent: true })
    const browser = withoutCookies(site.visitor())
    const { answer } = await travel(site, browser, `${site.origin}/page`)
    const mark = new URL(answer.url).searchParams.get('wechat-silent') ?? ''
    expect((await browser.open(`${site.origin}/other?wechat-silent=${mark}`)).status).toBe(302)
    const wrongDigit = mark.endsWith('0') ? '1' : '0'
    for (const forged of [mark.slice(0, -1) + wrongDigit, mark.slice(0, -41)]) {
      expect((await browser.open(`${site.origin}/page?wechat-silent=${forged}`)).status).toBe(302)
    }
    vi.useFakeTimers({ toFake: ['Date'] })
    try {
      vi.advanceTimersByTime(299_000)
      expect((await browser.open(answer.url)).status).toBe(200)
      vi.advanceTimersByTime(2_000)
      expect((await browser.open(answer.url)).status).toBe(302)
    } finally {
      vi.useRealTimers()
    }
  })

  it('tries once for a page whose parameters the app takes away', async () => {
    const site = await startWith({ optional: true, silent: true })
    const browser = site.visitor()
    await travel(site, browser, `${site.origin}/page`, { snapshot: true })
    expect((await browser.open(`${site.origin}/page`)).status).toBe(200)
  })

  it('tries nothing for scripts, for other methods, and for browsers outside WeChat', async () => {
    vi.stubEnv('WECHAT_APP_ID', 'wx1234567890abcdef')
    const site = await startWith({ optional: true, silent: true })
    for (const visit of [AS_SCRIPT, { method: 'POST' }]) {
      expect((await site.visitor().open(`${site.origin}/page`, visit)).json).toEqual(VISITOR)
    }
    vi.unstubAllEnvs()
  })

  it('takes the mark away as soon as somebody is logged in', async () => {
    const site = await startWith({ optional: true, silent: true })
    const browser = site.visitor()
    const { answer } = await travel(site, browser, `${site.origin}/page?b=2`, { snapshot: true })
    await site.login(browser)
    expect((await browser.open(answer.url)).location).toBe('/page?b=2')
  })
})

describe('the options', () => {
  it.each([
    [{ silent: true }, '"silent" needs "optional: true"'],
    [{ silent: true, optional: true, keepFragment: true }, '"silent" can\'t be together with "keepFragment"'],
    [{ silent: true, optional: true, scope: 'snsapi_userinfo' }, '"silent" asks for "snsapi_base" alone'],
    [{ optional: 1 }, '"optional" must be true or false'],
    [{ maxAgeSeconds: 59 }, '"maxAgeSeconds" must be at least 60'],
    [{ maxAgeSeconds: '60' }, '"maxAgeSeconds" must be a number'],
  ])('%j is refused in the factory', (options, message) => {
    expect(() => requireWechatLogin(options as RequireWechatLoginOptions)).toThrow(
      `requireWechatLogin: ${message}`,
    )
  })
})
