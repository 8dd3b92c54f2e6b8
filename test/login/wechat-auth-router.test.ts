import express from 'express'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { AS_SCRIPT } from '../support/browser.ts'
import { approve, closeSites, errorBody, openidOf, type Site, startSite } from '../support/site.ts'

let site: Site
beforeAll(async () => {
  site = await startSite({ simulator: { boundToOpenPlatform: true } })
})
afterAll(closeSites)

const openid = (personId: string) => site.wechat.people.get(personId)?.openid

it('runs on the major version of Express that the project names', () => {
  expect('del' in express.application).toBe(process.env.EXPRESS_MAJOR === '4')
})

describe('the whole dance', () => {
  it.each([
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

  it('returns to an absolute address of its own origin', async () => {
    const ended = await site.login(site.visitor(), { page: `${site.origin}/capsule` })
    expect(ended.location).toBe(`${site.origin}/capsule#`)
  })

  it('returns to the default page if none is named', async () => {
    expect((await site.login(site.visitor())).location).toBe(`${site.origin}/#`)
    const empty = await site.visitor().open(`${site.base}/auth?state=`)
    expect(empty.status).toBe(302)
  })

  it('redirects to an authorize address that WeChat accepts without a warning', async () => {
    const { location } = await site.visitor().open(`${site.base}/auth?state=%2Fcapsule`)
    expect(site.wechat.checkAuthorizeUrl(location)).toMatchObject({
      isAcceptable: true,
      request: { redirectUri: `${site.base}/auth/code`, scope: 'snsapi_base', warnings: [] },
    })
    expect(location).toMatch(/&state=[a-zA-Z0-9]{1,128}#wechat_redirect$/)
    expect(location).not.toContain('capsule')
  })

  it('forbids caches to store redirects, and browsers to send a referrer', async () => {
    const browser = site.visitor()
    const begun = await browser.open(`${site.base}/auth`)
    const ended = await browser.open(approve(site.wechat, begun))
    for (const { headers } of [begun, ended]) {
      expect(headers).toMatchObject({ 'cache-control': 'no-store', 'referrer-policy': 'no-referrer' })
    }
  })

  it('lets ?scope= override the configured scope, and answers 400 to other values', async () => {
    const browser = site.visitor()
    const begun = await browser.open(`${site.base}/auth?scope=snsapi_userinfo`)
    expect(begun.location).toContain('&scope=snsapi_userinfo&')
    const wrong = await browser.open(`${site.base}/auth?scope=snsapi_login`, AS_SCRIPT)
    expect(wrong.json).toEqual(errorBody(400))
  })
})

describe('several logins at once', () => {
  it('finish in any order in three tabs, each at its own page', async () => {
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

  it('keep forty people apart', async () => {
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

describe('logging out', () => {
  it('ends the login with 204', async () => {
    const browser = site.visitor()
    await site.login(browser)
    const answer = await browser.open(`${site.base}/auth/logout`, { method: 'POST' })
    expect([answer.status, answer.text]).toEqual([204, ''])
    expect(await openidOf(site, browser)).toBeUndefined()
  })

  it('answers 204 without a login, and 403 to a page of another origin', async () => {
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

describe('GET /auth/login', () => {
  it('tells the login without the tokens of the person', async () => {
    const browser = site.visitor()
    await site.login(browser, { scope: 'snsapi_userinfo' })
    const { json, headers } = await browser.open(`${site.base}/auth/login`)
    expect(json).toEqual({
      openid: openid('lin-xiaoyu'),
      unionid: expect.any(String),
      scope: 'snsapi_userinfo',
      isSnapshotUser: false,
      loggedInAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
    })
    expect(headers['cache-control']).toBe('no-store')
  })

  it('answers 401 if nobody is logged in', async () => {
    expect((await site.visitor().open(`${site.base}/auth/login`)).json).toEqual(errorBody(401))
  })
})

describe('HEAD', () => {
  it.each(['/auth/login', '/auth/user', '/auth/user/openid', '/offiaccount/user', '/jweixin.js'])(
    'answers as GET without a body: %s',
    async path => {
      for (const isLoggedIn of [false, true]) {
        const browser = site.visitor()
        if (isLoggedIn) await site.login(browser, { scope: 'snsapi_userinfo' })
        const get = await browser.open(site.base + path)
        const head = await browser.open(site.base + path, { method: 'HEAD' })
        expect([head.status, head.text]).toEqual([get.status, ''])
        for (const name of ['content-type', 'cache-control', 'location', 'retry-after']) {
          expect([name, head.headers[name]]).toEqual([name, get.headers[name]])
        }
      }
      const posted = await site.visitor().open(site.base + path, { method: 'POST' })
      expect([posted.status, posted.headers.allow]).toEqual([405, 'GET, HEAD'])
    },
  )

  it.each(['/auth', '/auth/code?code=1&state=1'])('begins and ends no login: %s', async path => {
    const answer = await site.visitor().open(site.base + path, { method: 'HEAD' })
    expect([answer.status, answer.headers.allow, answer.setCookies]).toEqual([405, 'GET', []])
  })
})
