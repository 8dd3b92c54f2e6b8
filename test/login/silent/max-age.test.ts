import type { Express, Request, Response } from 'express'
import { getWechatLogin, requireWechatLogin, type TokenManager } from 'express-wechat'
import { afterAll, afterEach, describe, expect, it, vi } from 'vitest'
import { AS_SCRIPT, type Browser } from '../../support/browser.ts'
import { approve, closeSites, type Site, type SiteSetup, startSite } from '../../support/site.ts'

afterAll(closeSites)
afterEach(() => void vi.useRealTimers())

async function start(setup: SiteSetup = {}): Promise<Site> {
  vi.useFakeTimers({ toFake: ['Date'] })
  return startSite({
    ...setup,
    pages(app: Express, tokenManager: TokenManager) {
      const show = (req: Request, res: Response) => {
        res.locals.showsSecrets = true
        res.json({ login: getWechatLogin(req), session: req.session })
      }
      app.post('/keep', (req, res) => {
        Object.assign(req.session, { cart: [1, 2] })
        res.end()
      })
      app.get('/page', requireWechatLogin({ tokenManager, maxAgeSeconds: 600 }), show)
      app.get('/visitors', requireWechatLogin({ tokenManager, maxAgeSeconds: 600, optional: true }), show)
    },
  })
}

async function logIn(site: Site): Promise<Browser> {
  const browser = site.visitor()
  await site.login(browser, { scope: 'snsapi_userinfo', personId: 'zhao-min' })
  await browser.open(`${site.origin}/keep`, { method: 'POST' })
  return browser
}

interface Shown {
  login: { openid: string; scope: string; loggedInAt: string }
  session: { cart?: number[]; wechat: { userToken?: { accessToken: string } } }
}

/** From the old page, by WeChat, to the answer of the callback. */
async function renew(site: Site, browser: Browser, personId: string) {
  const login = await browser.open(site.origin + (await browser.open(`${site.origin}/page`)).location)
  expect(login.location).toContain('scope=snsapi_base')
  return browser.open(approve(site.wechat, login, personId))
}

describe('a guard with "maxAgeSeconds"', () => {
  it('renews an older login, and the same person keeps the scope, the token and the session', async () => {
    const site = await start()
    const browser = await logIn(site)
    vi.advanceTimersByTime(599_000)
    const before = (await browser.open(`${site.origin}/page`)).json as Shown
    vi.advanceTimersByTime(2_000)
    expect((await renew(site, browser, 'zhao-min')).location).toBe(`${site.origin}/page#`)
    const after = (await browser.open(`${site.origin}/page`)).json as Shown

    expect(after.login).toMatchObject({ openid: before.login.openid, scope: 'snsapi_userinfo' })
    expect(Date.parse(after.login.loggedInAt)).toBeGreaterThan(Date.parse(before.login.loggedInAt))
    expect(after.session.wechat.userToken).toEqual(before.session.wechat.userToken)
    expect(after.session.cart).toEqual([1, 2])
    expect((await browser.open(`${site.base}/auth/user`, AS_SCRIPT)).json).toMatchObject({
      nickname: expect.any(String),
    })
  })

  it('gives both callbacks of a doubled renewal what the person had', async () => {
    const site = await start()
    const browser = await logIn(site)
    vi.advanceTimersByTime(601_000)
    const login = await browser.open(site.origin + (await browser.open(`${site.origin}/page`)).location)
    const callback = approve(site.wechat, login, 'zhao-min')
    site.wechat.faults.next('/sns/oauth2/access_token', { delayMs: 200 })
    const cookie = await browser.jar.getCookieString(callback)
    const answers = await Promise.all([1, 2].map(() => browser.open(callback, { cookie })))
    for (const { setCookies } of answers) {
      const sid = setCookies.find(text => text.startsWith('connect.sid='))?.split(';')[0] ?? ''
      const { session } = (await site.visitor().open(`${site.origin}/page`, { cookie: sid })).json as Shown
      expect(session).toMatchObject({ cart: [1, 2], wechat: { scope: 'snsapi_userinfo' } })
    }
  })

  it('gives onLogin the profile though the token has expired, and keeps the new token', async () => {
    const names: unknown[] = []
    const site = await start({
      router: {
        async onLogin({ userInfo }) {
          names.push((await userInfo()).nickname)
        },
      },
    })
    const browser = await logIn(site)
    vi.advanceTimersByTime(3 * 3_600_000)
    site.wechat.advance(3 * 3_600_000)
    expect((await renew(site, browser, 'zhao-min')).status).toBe(302)
    expect(names).toHaveLength(2)
    expect(names[1]).toBe(names[0])
    expect((await browser.open(`${site.base}/auth/user`, AS_SCRIPT)).status).toBe(200)
    expect(site.wechat.history.count('/sns/oauth2/refresh_token')).toBe(1)
  })

  it('gives another person a new session, without anything of the first one', async () => {
    const site = await start()
    const browser = await logIn(site)
    vi.advanceTimersByTime(601_000)
    await renew(site, browser, 'lin-xiaoyu')
    const { login, session } = (await browser.open(`${site.origin}/page`)).json as Shown
    expect(login).toMatchObject({
      openid: site.wechat.people.get('lin-xiaoyu')?.openid,
      scope: 'snsapi_base',
    })
    expect(session).not.toHaveProperty('cart')
    expect(session.wechat).not.toHaveProperty('userToken')
  })

  it('answers 401 with the address of the renewal to what is no page', async () => {
    const site = await start()
    const browser = await logIn(site)
    vi.advanceTimersByTime(601_000)
    const { status, json } = await browser.open(`${site.origin}/page`, AS_SCRIPT)
    expect(status).toBe(401)
    expect(json).toEqual({
      status: 401,
      msg: expect.stringMatching(/[\u4e00-\u9fff]/),
      data: { loginUrl: '/wechat/auth?scope=snsapi_base&renew=1' },
    })
  })

  it('is 504 while WeChat does not answer, and never passes the old login on', async () => {
    const site = await start({ manager: { timeoutMs: 300 } })
    const browser = await logIn(site)
    vi.advanceTimersByTime(601_000)
    site.wechat.faults.next('/sns/oauth2/access_token', { delayMs: 2_000 })
    expect((await renew(site, browser, 'zhao-min')).status).toBe(504)
    expect((await browser.open(`${site.origin}/page`)).status).toBe(302)
  })

  it('takes an older login for a visitor if it is optional', async () => {
    const site = await start()
    const browser = await logIn(site)
    vi.advanceTimersByTime(601_000)
    const { json } = await browser.open(`${site.origin}/visitors`)
    expect(json).not.toHaveProperty('login')
  })

  it('ends with an error if a login is too old right after three renewals', async () => {
    const site = await start()
    const browser = await logIn(site)
    let answer = await browser.open(`${site.origin}/page`)
    for (let round = 0; round < 5 && answer.status < 400; round += 1) {
      // The clock of the router is an hour behind that of the guard.
      for (const [id, text] of site.sessions.sessions) {
        const kept = JSON.parse(text)
        kept.wechat.loggedInAt -= 3_600_000
        site.sessions.sessions.set(id, JSON.stringify(kept))
      }
      answer = await browser.open(`${site.origin}/page`)
      if (answer.status === 302) {
        const login = await browser.open(site.origin + answer.location)
        await browser.open(approve(site.wechat, login, 'zhao-min'))
      }
    }
    expect(answer.status).toBe(500)
    expect(answer.text).toContain('没有保存')
  })
})
