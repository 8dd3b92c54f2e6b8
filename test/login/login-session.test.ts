import express from 'express'
import { wechatAuthRouter } from 'express-wechat'
import { afterEach, describe, expect, it } from 'vitest'
import { AS_SCRIPT, createBrowser } from '../support/browser.ts'
import { listen } from '../support/listen.ts'
import { approve, closeSites, errorBody, openidOf, startSite } from '../support/site.ts'

afterEach(closeSites)

const SID = /^connect\.sid=([^;]*)/

function sessionCookie(setCookies: readonly string[]): string {
  return setCookies.map(text => SID.exec(text)?.[1]).find(value => value !== undefined) ?? ''
}

describe('the session at login', () => {
  it('gets a new id, and the old session is destroyed with its values', async () => {
    const site = await startSite({
      pages: app => {
        app.get('/basket', (req, res) => {
          Object.assign(req.session, { basket: 'apples', ...req.session })
          res.locals.showsSecrets = true
          res.json(req.session)
        })
      },
    })
    const browser = site.visitor()
    const before = sessionCookie((await browser.open(`${site.origin}/basket`)).setCookies)
    const ended = await site.login(browser)
    const after = sessionCookie(ended.setCookies)

    expect(before).not.toBe('')
    expect(after).not.toBe('')
    expect(after).not.toBe(before)
    expect(site.sessions.sessions.size).toBe(1)
    expect(site.sessions.text).not.toContain('apples')
    const old = await browser.open(`${site.base}/auth/user/openid`, { cookie: `connect.sid=${before}` })
    expect(old.status).toBe(401)
  })

  it('gets a new id also if somebody was logged in before', async () => {
    const site = await startSite()
    const browser = site.visitor()
    const first = sessionCookie((await site.login(browser)).setCookies)
    const second = sessionCookie((await site.login(browser, { personId: 'wang-jianguo' })).setCookies)
    expect(second).not.toBe(first)
    expect(site.sessions.sessions.size).toBe(1)
    expect(await openidOf(site, browser)).toBe(site.wechat.people.get('wang-jianguo')?.openid)
  })

  it('never takes over a made-up session id', async () => {
    const site = await startSite()
    for (const planted of ['s%3Aplanted.bad', 'planted', '']) {
      const browser = site.visitor()
      await browser.jar.setCookie(`connect.sid=${planted}; Path=/`, site.origin)
      await site.login(browser)
      expect([...site.sessions.sessions.keys()]).not.toContain('planted')
      expect(await openidOf(site, browser)).toBeDefined()
    }
  })

  it('is stored before a byte of the redirect is sent', async () => {
    const site = await startSite()
    site.sessions.setDelayMs = 150
    const browser = site.visitor()
    const callback = approve(site.wechat, await browser.open(`${site.base}/auth`))
    let storedAtHead = ''
    await browser.open(callback, {
      onHead: () => {
        storedAtHead = site.sessions.text
      },
    })
    expect(storedAtHead).toContain('osim_')
    expect(site.sessions.sets).toBeLessThanOrEqual(2)
  })

  it("keeps the person's tokens with snsapi_userinfo alone, and on the server", async () => {
    const site = await startSite()
    const browser = site.visitor()
    await site.login(browser)
    expect(site.sessions.text).toContain('"scope":"snsapi_base"')
    expect(site.sessions.text).not.toMatch(/token/i)

    await site.login(browser, { scope: 'snsapi_userinfo' })
    expect(site.sessions.text).toContain('refreshToken')
    const user = await browser.open(`${site.base}/auth/user`, AS_SCRIPT)
    expect(user.text).not.toMatch(/token/i)
  })

  it('keeps the values named in keepSessionKeys, and no others', async () => {
    const site = await startSite({
      router: { keepSessionKeys: ['basket'] },
      pages: app => {
        app.get('/fill', (req, res) => {
          Object.assign(req.session, { basket: 'apples', secretPlan: 'none' })
          res.end()
        })
      },
    })
    const browser = site.visitor()
    await browser.open(`${site.origin}/fill`)
    await site.login(browser)
    expect(site.sessions.text).toContain('apples')
    expect(site.sessions.text).not.toContain('secretPlan')
  })
})

describe('two accounts in one session', () => {
  it("keep each other's login with keepSessionKeys", async () => {
    const one = await startSite({
      router: { sessionKey: 'one', keepSessionKeys: ['two'] },
    })
    const two = await startSite({
      router: { sessionKey: 'two', keepSessionKeys: ['one'] },
    })
    // One app with both routers, over the sessions of the first.
    const app = express()
    const session = (await import('express-session')).default
    app.use(session({ secret: 's', resave: false, saveUninitialized: false, store: one.sessions }))
    app.use(
      '/one',
      wechatAuthRouter({ tokenManager: one.tokenManager, sessionKey: 'one', keepSessionKeys: ['two'] }),
    )
    app.use(
      '/two',
      wechatAuthRouter({ tokenManager: two.tokenManager, sessionKey: 'two', keepSessionKeys: ['one'] }),
    )
    const server = await listen(app)
    const browser = createBrowser()
    const who = async (mount: string) =>
      (await browser.open(`${server.origin}/${mount}/auth/user/openid`, AS_SCRIPT)).json
    await browser.open(approve(one.wechat, await browser.open(`${server.origin}/one/auth`)))
    await browser.open(approve(two.wechat, await browser.open(`${server.origin}/two/auth`)))

    expect(await who('one')).toEqual({ openid: one.wechat.people.list()[0]?.openid })
    expect(await who('two')).toEqual({ openid: two.wechat.people.list()[0]?.openid })
    await browser.open(`${server.origin}/one/auth/logout`, { method: 'POST' })
    expect(await who('one')).toEqual(errorBody(401))
    expect(await who('two')).toEqual({ openid: two.wechat.people.list()[0]?.openid })
    await server.close()
  })

  it("do not accept each other's login", async () => {
    const site = await startSite()
    const other = await startSite({ session: { store: site.sessions } })
    const browser = site.visitor()
    await site.login(browser)
    const cookie = await browser.jar.getCookieString(site.base)
    const answer = await other.visitor().open(`${other.base}/auth/user/openid`, { ...AS_SCRIPT, cookie })
    expect(answer.json).toEqual(errorBody(401))
  })
})
