import express from 'express'
import { createMemoryTokenStore, type TokenStore } from 'express-wechat'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { AS_SCRIPT } from '../support/browser.js'
import { approve, closeSites, errorBody, openidOf, type Site, startSite } from '../support/site.js'

let site: Site
beforeAll(async () => {
  site = await startSite()
})
afterAll(closeSites)

const exchanges = () => site.wechat.history.count('/sns/oauth2/access_token')
const openid = (personId: string) => site.wechat.people.get(personId)?.openid

test('runs on the major of Express that it is meant to', () => {
  expect('del' in express.application).toBe(process.env.EXPRESS_MAJOR === '4')
})

describe('the whole dance', () => {
  test.each([
    ['a path', '/capsule', '/capsule#'],
    ['a query with & and =', '/capsule?a=1&b=2', '/capsule?a=1&b=2#'],
    ['a fragment', '/capsule?a=1&b=2#part', '/capsule?a=1&b=2#part'],
    ['a hash route', '/#/me?tab=1&x=2', '/#/me?tab=1&x=2'],
    ['Chinese', '/胶囊?名=小雨', `${encodeURI('/胶囊?名=小雨')}#`],
    ['encoded characters, kept encoded', '/a%2Fb?c=%26%23', '/a%2Fb?c=%26%23#'],
    ['2,000 characters', `/${'x'.repeat(1_990)}?a=1&b`, `/${'x'.repeat(1_990)}?a=1&b#`],
  ])('returns to a page with %s', async (_name, page, expected) => {
    const browser = site.visitor()
    const ended = await site.login(browser, { page, personId: 'wang-jianguo' })

    expect(ended).toMatchObject({ status: 302, location: site.origin + expected })
    expect(await openidOf(site, browser)).toBe(openid('wang-jianguo'))
  })

  test('takes an absolute address of the own origin', async () => {
    const ended = await site.login(site.visitor(), { page: `${site.origin}/capsule` })
    expect(ended.location).toBe(`${site.origin}/capsule#`)
  })

  test('returns to the default page where none is named', async () => {
    expect((await site.login(site.visitor())).location).toBe(`${site.origin}/#`)
    const empty = await site.visitor().open(`${site.base}/auth?state=`)
    expect(empty.status).toBe(302)
  })

  test("sends to WeChat's page with an address that WeChat takes without a warning", async () => {
    const { location } = await site.visitor().open(`${site.base}/auth?state=%2Fcapsule`)
    expect(site.wechat.checkAuthorizeUrl(location)).toMatchObject({
      isAcceptable: true,
      request: { redirectUri: `${site.base}/auth/code`, scope: 'snsapi_base', warnings: [] },
    })
    expect(location).toMatch(/&state=[a-zA-Z0-9]{1,128}#wechat_redirect$/)
    expect(location).not.toContain('capsule')
  })

  test('forbids caches to keep redirects, and tells no referrer', async () => {
    const browser = site.visitor()
    const begun = await browser.open(`${site.base}/auth`)
    const ended = await browser.open(approve(site.wechat, begun))
    for (const { headers } of [begun, ended]) {
      expect(headers).toMatchObject({ 'cache-control': 'no-store', 'referrer-policy': 'no-referrer' })
    }
  })

  test('?scope= overrides the configured scope, and anything else as scope is 400', async () => {
    const browser = site.visitor()
    const begun = await browser.open(`${site.base}/auth?scope=snsapi_userinfo`)
    expect(begun.location).toContain('&scope=snsapi_userinfo&')
    const wrong = await browser.open(`${site.base}/auth?scope=snsapi_login`)
    expect(wrong.json).toEqual(errorBody(400))
  })
})

describe('several logins at once', () => {
  test('three tabs of one browser finish in any order, each at its own page', async () => {
    const browser = site.visitor()
    const begun = []
    for (const page of ['/one', '/two', '/three']) {
      begun.push(await browser.open(`${site.base}/auth?state=${encodeURIComponent(page)}`))
    }
    for (const [index, page] of [
      [2, '/three'],
      [0, '/one'],
      [1, '/two'],
    ] as const) {
      const login = begun[index]
      if (!login) throw new Error('not begun')
      expect((await browser.open(approve(site.wechat, login))).location).toBe(`${site.origin}${page}#`)
    }
  })

  test('forty people at once are each themselves', async () => {
    const people = Array.from({ length: 40 }, () => site.wechat.people.add())
    const seen = await Promise.all(
      people.map(async ({ id }) => {
        const browser = site.visitor()
        await site.login(browser, { personId: id, page: `/of/${id}` })
        return openidOf(site, browser)
      }),
    )
    expect(seen).toEqual(people.map(person => person.openid))
  })
})

describe('the same callback twice', () => {
  test('one after the other: one exchange, the same end, the same person', async () => {
    const browser = site.visitor()
    const callback = approve(site.wechat, await browser.open(`${site.base}/auth?state=%2Fcapsule`))
    const before = exchanges()
    const first = await browser.open(callback)
    const second = await browser.open(callback)

    expect([first.location, second.location]).toEqual([`${site.origin}/capsule#`, `${site.origin}/capsule#`])
    expect(exchanges() - before).toBe(1)
    expect(await openidOf(site, browser)).toBe(openid('lin-xiaoyu'))
  })

  test('at the same moment, while WeChat is slow: one exchange, and each answer logs in', async () => {
    const browser = site.visitor()
    const callback = approve(site.wechat, await browser.open(`${site.base}/auth?state=%2Fcapsule`))
    const before = exchanges()
    site.wechat.faults.next('/sns/oauth2/access_token', { delayMs: 300 })
    const cookie = await browser.jar.getCookieString(callback)
    const answers = await Promise.all([1, 2, 3].map(() => browser.open(callback, { cookie })))

    expect(exchanges() - before).toBe(1)
    expect(answers.map(({ location }) => location)).toEqual(Array(3).fill(`${site.origin}/capsule#`))
    for (const { setCookies } of answers) {
      const sid = setCookies.find(text => text.startsWith('connect.sid='))?.split(';')[0] ?? ''
      const who = await site.visitor().open(`${site.base}/auth/user/openid`, { cookie: sid })
      expect(who.json).toEqual({ openid: openid('lin-xiaoyu') })
    }
  })

  test('with another code, as some clients do: the first code is the only one exchanged', async () => {
    const browser = site.visitor()
    const begun = await browser.open(`${site.base}/auth`)
    const before = exchanges()
    const [first, second] = [approve(site.wechat, begun), approve(site.wechat, begun)]
    expect(first).not.toBe(second)
    expect((await browser.open(first)).status).toBe(302)
    expect((await browser.open(second)).location).toBe(`${site.origin}/#`)
    expect(exchanges() - before).toBe(1)
  })

  test('a failed exchange fails for both, and is asked once', async () => {
    const browser = site.visitor()
    const callback = approve(site.wechat, await browser.open(`${site.base}/auth`))
    const before = exchanges()
    site.wechat.faults.next('/sns/oauth2/access_token', { errcode: 40029 })
    for (const answer of [await browser.open(callback, AS_SCRIPT), await browser.open(callback, AS_SCRIPT)]) {
      expect(answer.json).toEqual(errorBody(400, 40029))
      expect(answer.headers['retry-after']).toBeUndefined()
    }
    expect(exchanges() - before).toBe(1)
  })
})

describe('a login that does not succeed', () => {
  test('refusal at WeChat is 403, and nobody is logged in', async () => {
    site.wechat.configure({ refusal: 'state-only' })
    const browser = site.visitor()
    const begun = await browser.open(`${site.base}/auth?state=%2Fcapsule&scope=snsapi_userinfo`)
    const callback = site.wechat.approve(begun.location, { refuse: true }) ?? ''

    expect((await browser.open(callback, AS_SCRIPT)).json).toEqual(errorBody(403))
    const page = await browser.open(callback)
    expect(page.status).toBe(403)
    expect(page.headers['content-type']).toContain('text/html')
    expect(page.text).toContain('href="/wechat/auth?state=')
    expect(page.text).toContain(encodeURIComponent(`${site.origin}/capsule`))
    expect(await openidOf(site, browser)).toBeUndefined()
  })

  test.each([
    ['used up', 40163],
    ['unknown', 40029],
    ['expired', 42003],
  ])('a code that is %s is 400 with the errcode, and no restart', async (_name, errcode) => {
    const browser = site.visitor()
    const begun = await browser.open(`${site.base}/auth`)
    site.wechat.faults.next('/sns/oauth2/access_token', { errcode })
    const answer = await browser.open(approve(site.wechat, begun), AS_SCRIPT)
    expect(answer.json).toEqual(errorBody(400, errcode))
    expect(await openidOf(site, browser)).toBeUndefined()
  })

  test('a code that another login used already is 400', async () => {
    const [one, two] = [site.visitor(), site.visitor()]
    const used = new URL(approve(site.wechat, await one.open(`${site.base}/auth`)))
    await one.open(used.href)
    const callback = new URL(approve(site.wechat, await two.open(`${site.base}/auth`)))
    callback.searchParams.set('code', used.searchParams.get('code') ?? '')
    expect((await two.open(callback.href, AS_SCRIPT)).json).toEqual(errorBody(400, 40163))
  })

  test('a snapshot-page user is 403 with what to tap, and not logged in', async () => {
    const browser = site.visitor()
    const begun = await browser.open(`${site.base}/auth?scope=snsapi_userinfo`)
    const callback = site.wechat.approve(begun.location, { snapshot: true }) ?? ''
    const page = await browser.open(callback)
    expect(page.status).toBe(403)
    expect(page.text).toContain('使用完整服务')
    expect((await browser.open(callback, AS_SCRIPT)).json).toEqual(errorBody(403))
    expect(await openidOf(site, browser)).toBeUndefined()
  })

  test('HTML error pages load and run nothing', async () => {
    const page = await site.visitor().open(`${site.base}/auth/code?code=x&state=y`)
    expect(page.status).toBe(400)
    expect(page.headers).toMatchObject({
      'cache-control': 'no-store',
      'referrer-policy': 'no-referrer',
      'x-content-type-options': 'nosniff',
      'content-security-policy': expect.stringContaining("default-src 'none'"),
    })
    expect(page.text).not.toMatch(/<script|<img|<link|https?:\/\//)
  })
})

describe('the token store', () => {
  async function startWith(change: Partial<TokenStore>) {
    const store = Object.assign(createMemoryTokenStore(), change)
    const broken = await startSite({ manager: { store } })
    const browser = broken.visitor()
    const callback = approve(broken.wechat, await browser.open(`${broken.base}/auth`))
    return { broken, browser, callback }
  }
  const fail = async () => {
    throw new Error('redis://:a-password@host is away')
  }

  test('that is away where a login is claimed: 503, and the code is not exchanged', async () => {
    const { broken, browser, callback } = await startWith({ claim: fail })
    const answer = await browser.open(callback, AS_SCRIPT)
    expect(answer.json).toEqual(errorBody(503))
    expect(answer.headers['retry-after']).toBe('1')
    expect(broken.wechat.history.count('/sns/oauth2/access_token')).toBe(0)
  })

  test('that is away only where the outcome is kept stops nobody', async () => {
    const { browser, callback } = await startWith({ put: fail })
    expect((await browser.open(callback)).location).toMatch(/\/#$/)
  })

  test('that holds something else under the name of the outcome: the login begins anew', async () => {
    for (const text of ['no JSON', '{"grant":{"openid":1}}', 'null']) {
      const { browser, callback } = await startWith({ claim: async () => false, get: async () => text })
      const answer = await browser.open(callback)
      expect(answer.location).toContain('/connect/oauth2/authorize')
    }
  })
})

describe('logging out', () => {
  test('ends the login with 204', async () => {
    const browser = site.visitor()
    await site.login(browser)
    const answer = await browser.open(`${site.base}/auth/logout`, { method: 'POST' })
    expect([answer.status, answer.text]).toEqual([204, ''])
    expect(await openidOf(site, browser)).toBeUndefined()
  })

  test('is 204 for nobody too, and 403 from a page of another origin', async () => {
    const browser = site.visitor()
    expect((await browser.open(`${site.base}/auth/logout`, { method: 'POST' })).status).toBe(204)
    await site.login(browser)
    const foreign = await browser.open(`${site.base}/auth/logout`, {
      method: 'POST',
      headers: { origin: 'https://evil.test' },
    })
    expect(foreign.json).toEqual(errorBody(403))
    expect(await openidOf(site, browser)).toBe(openid('lin-xiaoyu'))
  })
})
