import session from 'express-session'
import { createMemoryTokenStore, requireWechatLogin } from 'express-wechat'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { AS_SCRIPT, type Browser, createBrowser } from '../../support/browser.ts'
import { approve, closeSites, errorBody, openidOf, type Site, startSite } from '../../support/site.ts'
import { until } from '../../support/until.ts'

afterEach(closeSites)

const openid = (site: Site, personId: string) => site.wechat.people.get(personId)?.openid

async function logOut(site: Site, browser: Browser) {
  const answer = await browser.open(`${site.base}/auth/logout`, { method: 'POST' })
  expect(answer.status).toBe(204)
  return answer
}

async function sidOf(site: Site, browser: Browser): Promise<string | undefined> {
  const cookies = await browser.jar.getCookies(site.origin)
  return cookies.find(({ key }) => key === 'connect.sid')?.value
}

describe('a logout', () => {
  it('moves the browser to a new session without the values of the old one', async () => {
    const site = await startSite({
      router: { keepSessionKeys: ['theme'] },
      pages: app => {
        app.get('/fill', (req, res) => {
          Object.assign(req.session, { basket: 'apples', theme: 'dark' })
          res.end()
        })
      },
    })
    const browser = site.visitor()
    await site.login(browser)
    await browser.open(`${site.origin}/fill`)
    const before = await sidOf(site, browser)
    await logOut(site, browser)

    expect(await sidOf(site, browser)).toBeDefined()
    expect(await sidOf(site, browser)).not.toBe(before)
    expect(site.sessions.text).toContain('dark')
    expect(site.sessions.text).not.toMatch(/osim_|apples/)
    const old = await site
      .visitor()
      .open(`${site.base}/auth/user/openid`, { ...AS_SCRIPT, cookie: `connect.sid=${before}` })
    expect(old.json).toEqual(errorBody(401))
  })

  it('clears the login nonce, and writes no session if nobody is logged in', async () => {
    const site = await startSite()
    const browser = site.visitor()
    await browser.open(`${site.base}/auth`)
    const nonces = async () =>
      (await browser.jar.getCookies(site.origin)).filter(({ key }) => key.startsWith('wechat-login-'))
    expect(await nonces()).toHaveLength(1)
    await logOut(site, browser)
    expect(await nonces()).toHaveLength(0)
    expect(site.sessions.sessions.size).toBe(0)
  })

  it('ends the login also if the token store does not take its end', async () => {
    const store = createMemoryTokenStore()
    const site = await startSite({ manager: { store } })
    const browser = site.visitor()
    await site.login(browser)
    store.put = () => Promise.reject(new Error('the store is away'))
    await logOut(site, browser)
    expect(await openidOf(site, browser)).toBeUndefined()
  })

  it('clears the login nonce also if the session store does not answer', async () => {
    const site = await startSite()
    const browser = site.visitor()
    await site.login(browser)
    site.sessions.failing.add('destroy')
    const answer = await browser.open(`${site.base}/auth/logout`, { method: 'POST' })
    expect(answer.json).toEqual(errorBody(503))
    expect(answer.setCookies.join('\n')).toMatch(/^wechat-login-\w+=;/m)
  })
})

describe('the Back button after a logout', () => {
  async function loggedOut() {
    const site = await startSite()
    const browser = site.visitor()
    const callback = approve(site.wechat, await browser.open(`${site.base}/auth?state=%2Fcapsule`))
    await browser.open(callback)
    const cookies = await browser.jar.serialize()
    await logOut(site, browser)
    return { site, browser, callback, cookies }
  }

  it('does not log in by the old callback', async () => {
    const { site, browser, callback } = await loggedOut()
    expect((await browser.open(callback)).location).toContain('/connect/oauth2/authorize')
    expect(await openidOf(site, browser)).toBeUndefined()
  })

  it('does not log in either in a browser that kept its login nonce', async () => {
    const { site, browser, callback, cookies } = await loggedOut()
    for (const { key, value } of cookies.cookies) {
      if (key?.startsWith('wechat-login-'))
        await browser.jar.setCookie(`${key}=${value}; Path=/`, site.origin)
    }
    expect((await browser.open(callback)).location).toContain('/connect/oauth2/authorize')
    expect(await openidOf(site, browser)).toBeUndefined()
    expect(site.wechat.history.count('/sns/oauth2/access_token')).toBe(1)
  })

  it('does not bring the previous person back after another has logged in', async () => {
    const { site, browser, callback, cookies } = await loggedOut()
    await site.login(browser, { personId: 'wang-jianguo' })
    for (const { key, value } of cookies.cookies) {
      if (key?.startsWith('wechat-login-'))
        await browser.jar.setCookie(`${key}=${value}; Path=/`, site.origin)
    }
    await browser.open(callback)
    expect(await openidOf(site, browser)).toBe(openid(site, 'wang-jianguo'))
  })
})

describe('the Back button after the login of another person', () => {
  async function loggedInTwice(personId: string) {
    const site = await startSite()
    const browser = site.visitor()
    const callback = approve(site.wechat, await browser.open(`${site.base}/auth`), 'zhao-min')
    await browser.open(callback)
    await site.login(browser, { personId })
    const exchanges = site.wechat.history.count('/sns/oauth2/access_token')
    const back = await browser.open(callback)
    expect(back.location).toBe(`${site.origin}/#`)
    expect(site.wechat.history.count('/sns/oauth2/access_token')).toBe(exchanges)
    return { site, browser }
  }

  it('leaves the other person logged in, without a logout of the first one', async () => {
    const { site, browser } = await loggedInTwice('wang-jianguo')
    expect(await openidOf(site, browser)).toBe(openid(site, 'wang-jianguo'))
  })

  it('leaves the person logged in who has logged in twice', async () => {
    const { site, browser } = await loggedInTwice('zhao-min')
    expect(await openidOf(site, browser)).toBe(openid(site, 'zhao-min'))
  })
})

describe('a renewal that is under way during a logout', () => {
  afterEach(() => void vi.useRealTimers())

  /** From the answer of an old page to WeChat's callback, whose code WeChat takes its time to exchange. */
  async function renewing() {
    vi.useFakeTimers({ toFake: ['Date'] })
    const site = await startSite({
      pages: (app, tokenManager) => {
        app.get('/fill', (req, res) => {
          Object.assign(req.session, { basket: 'apples' })
          res.end()
        })
        app.get('/page', requireWechatLogin({ tokenManager, maxAgeSeconds: 60 }))
      },
    })
    const browser = site.visitor()
    await site.login(browser)
    await browser.open(`${site.origin}/fill`)
    vi.advanceTimersByTime(61_000)
    const { location } = await browser.open(`${site.origin}/page`)
    const callback = approve(site.wechat, await browser.open(site.origin + location))
    const cookie = await browser.jar.getCookieString(callback)
    site.wechat.faults.next('/sns/oauth2/access_token', { delayMs: 500 })
    const renewal = browser.open(callback)
    await until('the code is exchanged', () => site.wechat.history.count('/sns/oauth2/access_token') === 2)
    return { site, browser, renewal, callback, cookie }
  }

  it('brings neither the login nor the values of its session back', async () => {
    const { site, browser, renewal } = await renewing()
    await logOut(site, browser)
    expect((await renewal).location).toBe(`${site.origin}/page#`)
    expect(await openidOf(site, browser)).toBeUndefined()
    expect(site.sessions.text).not.toMatch(/osim_|apples/)
  })

  it('is ended for the Back button too, also in a browser that kept its login nonce', async () => {
    const { site, browser, renewal, callback, cookie } = await renewing()
    await logOut(site, browser)
    await renewal
    const back = await browser.open(callback, { cookie })
    expect(back.setCookies.join()).not.toContain('connect.sid')
    expect(site.sessions.text).not.toMatch(/osim_|apples/)
  })
})

describe('a request that is under way during a logout', () => {
  /** Its page saves the session with a new cookie, after the logout. */
  async function startSlowSite() {
    const arrived = Promise.withResolvers<void>()
    const goOn = Promise.withResolvers<void>()
    const site = await startSite({
      session: { rolling: true, cookie: { maxAge: 60_000 } },
      pages: (app, tokenManager) => {
        app.get('/slow', requireWechatLogin({ tokenManager }), (req, res) => {
          Reflect.set(req.session, 'visits', 1)
          arrived.resolve()
          void goOn.promise.then(() => res.send(req.wechat.openid))
        })
      },
    })
    return { site, arrived: arrived.promise, goOn: goOn.resolve }
  }

  it('does not undo the logout, also if it brings the old cookie back', async () => {
    const { site, arrived, goOn } = await startSlowSite()
    const browser = site.visitor()
    await site.login(browser)
    const old = await sidOf(site, browser)
    const slow = browser.open(`${site.origin}/slow`)
    await arrived
    await logOut(site, browser)
    goOn()
    expect((await slow).text).toBe(openid(site, 'lin-xiaoyu'))

    // The store and the browser have the old session again.
    expect(site.sessions.text).toContain('"visits":1')
    expect(await sidOf(site, browser)).toBe(old)
    expect(await openidOf(site, browser)).toBeUndefined()
  })

  it('does not bring the previous person back after a login of another', async () => {
    const { site, arrived, goOn } = await startSlowSite()
    const browser = site.visitor()
    await site.login(browser)
    const slow = browser.open(`${site.origin}/slow`)
    await arrived
    await site.login(browser, { personId: 'wang-jianguo' })
    goOn()
    await slow
    expect(await openidOf(site, browser)).not.toBe(openid(site, 'lin-xiaoyu'))
  })
})

it('a logout in one of two browsers leaves the login of the other', async () => {
  const store = new session.MemoryStore()
  const site = await startSite({ session: { store } })
  const [one, two] = [site.visitor(), createBrowser()]
  await site.login(one)
  await site.login(two)
  await logOut(site, one)
  expect(await openidOf(site, one)).toBeUndefined()
  expect(await openidOf(site, two)).toBe(openid(site, 'lin-xiaoyu'))
})
