import { createMemoryTokenStore, type TokenStore } from 'express-wechat'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { AS_SCRIPT } from '../../support/browser.ts'
import { approve, closeSites, errorBody, openidOf, type Site, startSite } from '../../support/site.ts'

let site: Site
beforeAll(async () => {
  site = await startSite()
})
afterAll(closeSites)

const exchanges = () => site.wechat.history.count('/sns/oauth2/access_token')
const openid = (personId: string) => site.wechat.people.get(personId)?.openid

describe('the same callback twice', () => {
  it('exchanges once if they come one after the other', async () => {
    const browser = site.visitor()
    const callback = approve(site.wechat, await browser.open(`${site.base}/auth?state=%2Fcapsule`))
    const before = exchanges()
    const first = await browser.open(callback)
    const second = await browser.open(callback)

    expect([first.location, second.location]).toEqual([`${site.origin}/capsule#`, `${site.origin}/capsule#`])
    expect(exchanges() - before).toBe(1)
    expect(await openidOf(site, browser)).toBe(openid('lin-xiaoyu'))
  })

  it('exchanges once if they come at the same moment, and each answer logs in', async () => {
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

  it('exchanges the first code alone if the second callback has another one', async () => {
    const browser = site.visitor()
    const begun = await browser.open(`${site.base}/auth`)
    const before = exchanges()
    const [first, second] = [approve(site.wechat, begun), approve(site.wechat, begun)]
    expect(first).not.toBe(second)
    expect((await browser.open(first)).status).toBe(302)
    expect((await browser.open(second)).location).toBe(`${site.origin}/#`)
    expect(exchanges() - before).toBe(1)
  })

  it('gives both the same login if WeChat leaves the scope out', async () => {
    const browser = site.visitor()
    const begun = await browser.open(`${site.base}/auth?scope=snsapi_userinfo`)
    const callback = approve(site.wechat, begun)
    site.wechat.faults.next('/sns/oauth2/access_token', {
      json: {
        access_token: 'person-token',
        expires_in: 7200,
        refresh_token: 'refresh-token',
        openid: openid('lin-xiaoyu'),
      },
    })
    const kept = async () => {
      await browser.open(callback)
      const cookies = await browser.jar.getCookies(site.origin)
      const sid = cookies.find(({ key }) => key === 'connect.sid')?.value ?? ''
      const text = site.sessions.sessions.get(/^s%3A(.*)\./.exec(sid)?.[1] ?? '') ?? '{}'
      return JSON.parse(text).wechat
    }
    const [first, second] = [await kept(), await kept()]
    expect(first).toMatchObject({ scope: 'snsapi_userinfo', userToken: { accessToken: 'person-token' } })
    const times = {
      loggedInAt: expect.any(Number),
      userToken: expect.objectContaining({ refreshToken: 'refresh-token' }),
    }
    expect(second).toEqual({ ...first, ...times })
    expect(second.userToken.accessToken).toBe('person-token')
  })

  it('answers both with the error of one failed exchange', async () => {
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

  it('is down at the claim: answers 503 and exchanges no code', async () => {
    const { broken, browser, callback } = await startWith({ claim: fail })
    const answer = await browser.open(callback, AS_SCRIPT)
    expect(answer.json).toEqual(errorBody(503))
    expect(answer.headers['retry-after']).toBe('1')
    expect(broken.wechat.history.count('/sns/oauth2/access_token')).toBe(0)
  })

  it('is down after the claim: the login goes on', async () => {
    const { browser, callback } = await startWith({ put: fail })
    expect((await browser.open(callback)).location).toMatch(/\/#$/)
  })

  it('holds foreign text as the outcome: the login begins again', async () => {
    for (const text of ['no JSON', '{"grant":{"openid":1}}', 'null']) {
      const { browser, callback } = await startWith({ claim: async () => false, get: async () => text })
      const answer = await browser.open(callback)
      expect(answer.location).toContain('/connect/oauth2/authorize')
    }
  })
})
