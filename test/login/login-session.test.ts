import express from 'express'
import { requireWechatLogin, wechatAuthRouter } from 'express-wechat'
import { afterEach, describe, expect, test } from 'vitest'
import { AS_SCRIPT, createBrowser } from '../support/browser.js'
import { listen } from '../support/listen.js'
import { approve, closeSites, errorBody, openidOf, startSite } from '../support/site.js'

afterEach(closeSites)

const SID = /^connect\.sid=([^;]*)/

function sessionCookie(setCookies: readonly string[]): string {
  return setCookies.map(text => SID.exec(text)?.[1]).find(value => value !== undefined) ?? ''
}

describe('the session at login', () => {
  test('gets a new id, and the old one is gone with all that it held', async () => {
    const site = await startSite({
      pages: app => {
        app.get('/basket', (req, res) => {
          Object.assign(req.session, { basket: 'apples', ...req.session })
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

  test('gets a new id also where somebody was logged in before', async () => {
    const site = await startSite()
    const browser = site.visitor()
    const first = sessionCookie((await site.login(browser)).setCookies)
    const second = sessionCookie((await site.login(browser, { personId: 'wang-jianguo' })).setCookies)
    expect(second).not.toBe(first)
    expect(site.sessions.sessions.size).toBe(1)
    expect(await openidOf(site, browser)).toBe(site.wechat.people.get('wang-jianguo')?.openid)
  })

  test('an id that somebody made up is never taken over', async () => {
    const site = await startSite()
    for (const planted of ['s%3Aplanted.bad', 'planted', '']) {
      const browser = site.visitor()
      await browser.jar.setCookie(`connect.sid=${planted}; Path=/`, site.origin)
      await site.login(browser)
      expect([...site.sessions.sessions.keys()]).not.toContain('planted')
      expect(await openidOf(site, browser)).toBeDefined()
    }
  })

  test('is stored before a byte of the redirect leaves', async () => {
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

  test('keeps openid and scope alone with snsapi_base, and the tokens on the server with snsapi_userinfo', async () => {
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

  test('keeps the values named in keepSessionKeys, and no others', async () => {
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

describe('a session store that fails', () => {
  test.each(['destroy', 'set'] as const)('on %s: 503, and nobody is logged in', async operation => {
    const site = await startSite()
    const browser = site.visitor()
    const callback = approve(site.wechat, await browser.open(`${site.base}/auth`))
    site.sessions.failing.add(operation)
    const answer = await browser.open(callback, AS_SCRIPT)

    expect(answer.json).toEqual(errorBody(503))
    expect(answer.headers['retry-after']).toMatch(/^\d+$/)
    expect(sessionCookie(answer.setCookies)).toBe('')
    expect(site.sessions.text).not.toContain('osim_')
    site.sessions.failing.clear()
    expect(await openidOf(site, browser)).toBeUndefined()
  })

  test('on logout: 503, and the login is still there', async () => {
    const site = await startSite()
    const browser = site.visitor()
    await site.login(browser)
    site.sessions.failing.add('set')
    const answer = await browser.open(`${site.base}/auth/logout`, { method: 'POST' })
    expect(answer.json).toEqual(errorBody(503))
    site.sessions.failing.clear()
    expect(await openidOf(site, browser)).toBeDefined()
  })

  test('that told the middleware it is disconnected: 503, never "nobody"', async () => {
    const site = await startSite()
    const browser = site.visitor()
    await site.login(browser)
    site.sessions.emit('disconnect')
    for (const path of ['/auth', '/auth/user/openid', '/auth/user', '/offiaccount/user']) {
      expect((await browser.open(site.base + path, AS_SCRIPT)).json).toEqual(errorBody(503))
    }
  })
})

describe('an app that is put together wrongly', () => {
  test('without session middleware: 503 at login and guard, signatures still work', async () => {
    const site = await startSite({
      session: false,
      pages: app => void app.get('/guarded', requireWechatLogin(), (_req, res) => void res.end('in')),
    })
    const browser = site.visitor()
    for (const path of [
      '/wechat/auth',
      '/wechat/auth/code?code=x&state=y',
      '/wechat/auth/user',
      '/guarded',
    ]) {
      expect((await browser.open(site.origin + path, AS_SCRIPT)).json).toEqual(errorBody(503))
    }
    const body = JSON.stringify({ url: `${site.origin}/` })
    const signed = await browser.open(`${site.base}/offiaccount/jssdk`, { method: 'POST', body })
    expect(signed.status).toBe(200)
  })

  test('with a session that is not of express-session: 500, and a warning that says so', async () => {
    const warnings = collectWarnings()
    const site = await startSite({
      session: false,
      before: app => {
        app.use((req, _res, next) => {
          Object.assign(req, { session: {} })
          next()
        })
      },
    })
    expect((await site.visitor().open(`${site.base}/auth`)).json).toEqual(errorBody(500))
    expect(await warnings()).toMatch(/not one of express-session/)
  })

  test('with a secure cookie over plain http: 500 at once instead of a loop, and one warning with the way out', async () => {
    const warnings = collectWarnings()
    const site = await startSite({ session: { cookie: { secure: true } } })
    for (const path of ['/auth', '/auth', '/auth/code?code=x&state=y']) {
      const answer = await site.visitor().open(site.base + path, AS_SCRIPT)
      expect(answer.json).toEqual(errorBody(500))
      expect(answer.text).not.toContain('trust proxy')
    }
    const texts = await warnings()
    expect(texts).toMatch(/trust proxy/)
    expect(texts.match(/trust proxy/g)?.length).toBeLessThanOrEqual(2)
  })
})

describe('behind a proxy that ends TLS', () => {
  test('cookies are secure, bound to the host, and the login works', async () => {
    const site = await startSite({
      origin: 'https://h5.example.com',
      session: { cookie: { secure: true, sameSite: 'lax' } },
    })
    const browser = site.visitor()
    const begun = await browser.open(`${site.base}/auth?state=%2Fcapsule`)
    const [binding, pending] = begun.setCookies
    expect(binding).toMatch(
      /^__Host-wechat-login-[0-9a-f]{8}=[^;]+; Path=\/; HttpOnly; Secure; SameSite=Lax$/,
    )
    expect(pending).toMatch(/; Path=\/wechat\/auth; .*HttpOnly; Secure; SameSite=Lax$/)
    expect((await browser.open(approve(site.wechat, begun))).location).toBe('https://h5.example.com/capsule#')
    expect(await openidOf(site, browser)).toBeDefined()
  })

  test('without "trust proxy", forwarded headers change nothing', async () => {
    const site = await startSite()
    const headers = { 'x-forwarded-host': 'evil.test', 'x-forwarded-proto': 'https' }
    const { location } = await site.visitor().open(`${site.base}/auth`, { headers })
    expect(new URL(location).searchParams.get('redirect_uri')).toBe(`${site.base}/auth/code`)
  })

  test('with "trust proxy", the first forwarded host counts, with its port', async () => {
    const site = await startSite({ before: app => void app.set('trust proxy', 1) })
    const headers = { 'x-forwarded-host': 'h5.example.com:8443, inner', 'x-forwarded-proto': 'https' }
    const { location } = await site.visitor().open(`${site.base}/auth`, { headers })
    expect(new URL(location).searchParams.get('redirect_uri')).toBe(
      'https://h5.example.com:8443/wechat/auth/code',
    )
  })

  test('with publicUrl, neither Host nor forwarded headers nor the mount change the callback', async () => {
    const site = await startSite({
      before: app => void app.set('trust proxy', 1),
      router: { publicUrl: 'https://h5.example.com/outside/' },
    })
    const headers = { host: 'evil.test', 'x-forwarded-host': 'evil.test' }
    const { location } = await site.visitor().open(`${site.base}/auth`, { headers })
    expect(new URL(location).searchParams.get('redirect_uri')).toBe(
      'https://h5.example.com/outside/auth/code',
    )
  })
})

describe('two accounts in one session', () => {
  test('each login keeps the other where the app says so', async () => {
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

  test('a login of another account is nobody', async () => {
    const site = await startSite()
    const other = await startSite({ session: { store: site.sessions } })
    const browser = site.visitor()
    await site.login(browser)
    const cookie = await browser.jar.getCookieString(site.base)
    const answer = await other.visitor().open(`${other.base}/auth/user/openid`, { ...AS_SCRIPT, cookie })
    expect(answer.json).toEqual(errorBody(401))
  })
})

/** The process's warnings until they are asked for. */
function collectWarnings(): () => Promise<string> {
  const texts: string[] = []
  const collect = (warning: Error) => void texts.push(`${warning.name}: ${warning.message}`)
  process.on('warning', collect)
  return async () => {
    await new Promise(resolve => setImmediate(resolve))
    process.off('warning', collect)
    return texts.join('\n')
  }
}
