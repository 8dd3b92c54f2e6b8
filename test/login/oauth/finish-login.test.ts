import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { AS_SCRIPT } from '../../support/browser.ts'
import { approve, closeSites, errorBody, openidOf, type Site, startSite } from '../../support/site.ts'

let site: Site
beforeAll(async () => {
  site = await startSite()
})
afterAll(closeSites)

describe('a login that does not succeed', () => {
  it('answers 403 if the person refuses at WeChat', async () => {
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

  it('answers 403 to the code "authdeny", which some versions of WeChat send after a refusal', async () => {
    const browser = site.visitor()
    const callback = new URL(approve(site.wechat, await browser.open(`${site.base}/auth`)))
    const before = site.wechat.history.count('/sns/oauth2/access_token')
    callback.searchParams.set('code', 'authdeny')
    expect((await browser.open(callback.href, AS_SCRIPT)).json).toEqual(errorBody(403))
    expect(site.wechat.history.count('/sns/oauth2/access_token')).toBe(before)
  })

  it.each([
    ['used up', 40163],
    ['unknown', 40029],
    ['expired', 42003],
  ])('answers 400 with the errcode to a code that is %s, and does not restart', async (_name, errcode) => {
    const browser = site.visitor()
    const begun = await browser.open(`${site.base}/auth`)
    site.wechat.faults.next('/sns/oauth2/access_token', { errcode })
    const answer = await browser.open(approve(site.wechat, begun), AS_SCRIPT)
    expect(answer.json).toEqual(errorBody(400, errcode))
    expect(await openidOf(site, browser)).toBeUndefined()
  })

  it('answers 400 to a code that another login used', async () => {
    const [one, two] = [site.visitor(), site.visitor()]
    const used = new URL(approve(site.wechat, await one.open(`${site.base}/auth`)))
    await one.open(used.href)
    const callback = new URL(approve(site.wechat, await two.open(`${site.base}/auth`)))
    callback.searchParams.set('code', used.searchParams.get('code') ?? '')
    expect((await two.open(callback.href, AS_SCRIPT)).json).toEqual(errorBody(400, 40163))
  })

  it('answers 403 to a snapshot-page user and says what to tap', async () => {
    const browser = site.visitor()
    const begun = await browser.open(`${site.base}/auth?scope=snsapi_userinfo`)
    const callback = site.wechat.approve(begun.location, { snapshot: true }) ?? ''
    const page = await browser.open(callback)
    expect(page.status).toBe(403)
    expect(page.text).toContain('使用完整服务')
    expect((await browser.open(callback, AS_SCRIPT)).json).toEqual(errorBody(403))
    expect(await openidOf(site, browser)).toBeUndefined()
  })

  it('sends error pages that load and run nothing', async () => {
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
