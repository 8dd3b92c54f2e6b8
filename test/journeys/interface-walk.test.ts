import { randomBytes } from 'node:crypto'
import express from 'express'
import { wechatAuthRouter } from 'express-wechat'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { AS_SCRIPT, type Browser, createBrowser } from '../support/browser.ts'
import { listen } from '../support/listen.ts'
import { approve, closeSites, errorBody, openidOf, type Site, startSite } from '../support/site.ts'

let site: Site
beforeAll(async () => {
  site = await startSite({
    simulator: { boundToOpenPlatform: true },
    router: { allowedOrigins: ['https://h5.example.com'] },
  })
})
afterAll(closeSites)

const person = () => site.wechat.people.get('lin-xiaoyu')

async function loggedIn(scope = 'snsapi_userinfo'): Promise<Browser> {
  const browser = site.visitor()
  await site.login(browser, { scope, personId: 'lin-xiaoyu' })
  return browser
}

describe('every row of the interface', () => {
  it('S1, S2: a login goes to WeChat and comes back, to pages of allowed origins too', async () => {
    const browser = site.visitor()
    const begun = await browser.open(
      `${site.base}/auth?state=${encodeURIComponent('https://h5.example.com/a')}`,
    )
    expect(begun.location).toMatch(
      new RegExp(
        `^${site.wechat.url}/connect/oauth2/authorize\\?appid=.*&redirect_uri=.*&response_type=code&`,
      ),
    )
    expect((await browser.open(approve(site.wechat, begun))).location).toBe('https://h5.example.com/a#')
  })

  it('U1: who it is, and nothing else', async () => {
    const { status, json } = await (await loggedIn('snsapi_base')).open(`${site.base}/auth/user/openid`)
    expect([status, json]).toEqual([200, { openid: person()?.openid }])
  })

  it("U1: another back end learns it with the browser's cookies", async () => {
    const cookie = await (await loggedIn()).jar.getCookieString(site.base)
    const { json } = await createBrowser().open(`${site.base}/auth/user/openid`, { ...AS_SCRIPT, cookie })
    expect(json).toEqual({ openid: person()?.openid })
  })

  it('U2: the user info', async () => {
    const { json } = await (await loggedIn()).open(`${site.base}/auth/user`)
    expect(json).toMatchObject({
      openid: person()?.openid,
      nickname: '林晓雨',
      headimgurl: expect.stringMatching(/^http/),
      privilege: [],
      unionid: person()?.unionid,
    })
  })

  it('U3: the follower info', async () => {
    const { json } = await (await loggedIn()).open(`${site.base}/offiaccount/user`)
    expect(json).toMatchObject({ subscribe: 1, openid: person()?.openid, tagid_list: [2, 104] })
  })

  it('O1: the signature, as the published front end posts it', async () => {
    const body = JSON.stringify({ url: `${site.origin}/page?a=1#top` })
    const headers = { 'content-type': 'text/plain;charset=UTF-8' }
    const { json } = await site
      .visitor()
      .open(`${site.base}/offiaccount/jssdk`, { method: 'POST', body, headers })
    expect(Object.keys(json as object).sort()).toEqual(['appid', 'noncestr', 'signature', 'timestamp'])
  })

  it('O2: a medium, byte for byte, for a caller without cookies', async () => {
    const bytes = randomBytes(1_000_003)
    const mediaId = site.wechat.uploadMedia({ data: bytes, type: 'image', contentType: 'image/jpeg' })
    const answer = await site.visitor().open(`${site.base}/offiaccount/media?media_id=${mediaId}`, AS_SCRIPT)
    const { media_data: data, content_type: type } = answer.json as Record<string, string>
    expect([answer.status, type]).toEqual([200, 'image/jpeg'])
    expect(Buffer.from(data ?? '', 'base64').equals(bytes)).toBe(true)
  })

  it('logout: 204, and the login is gone', async () => {
    const browser = await loggedIn()
    expect((await browser.open(`${site.base}/auth/logout`, { method: 'POST' })).status).toBe(204)
    expect(await openidOf(site, browser)).toBeUndefined()
  })
})

describe('every error is JSON', () => {
  it.each([
    ['GET', '/auth/user', 401],
    ['GET', '/auth/user/openid', 401],
    ['GET', '/offiaccount/user', 401],
    ['GET', '/auth?state=https%3A%2F%2Fevil.test', 400],
    ['GET', '/auth?scope=x', 400],
    ['GET', '/auth/code', 400],
    ['POST', '/offiaccount/jssdk', 400],
    ['GET', '/offiaccount/media', 400],
    ['GET', '/nothing', 404],
    ['GET', '/', 404],
    ['GET', '/auth/nothing', 404],
    ['GET', '/offiaccount', 404],
    ['GET', '/offiaccount/jssdk/', 404],
    ['POST', '/auth', 405],
    ['POST', '/auth/code', 405],
    ['DELETE', '/auth/user', 405],
    ['POST', '/auth/user/openid', 405],
    ['GET', '/auth/logout', 405],
    ['PUT', '/offiaccount/user', 405],
    ['GET', '/offiaccount/jssdk', 405],
    ['OPTIONS', '/offiaccount/jssdk', 405],
    ['POST', '/offiaccount/media', 405],
  ])('%s %s is %i', async (method, path, status) => {
    const answer = await site.visitor().open(site.base + path, { ...AS_SCRIPT, method })
    expect(answer.status).toBe(status)
    expect(answer.json).toEqual(errorBody(status))
    expect(answer.headers).toMatchObject({
      'content-type': 'application/json; charset=utf-8',
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
    })
    const beginsLogin = /\/auth(?:\/code)?$/.test(path)
    const allowed = /logout|jssdk/.test(path) ? 'POST' : beginsLogin ? 'GET' : 'GET, HEAD'
    expect(answer.headers.allow).toBe(status === 405 ? allowed : undefined)
    expect(answer.headers['access-control-allow-origin']).toBeUndefined()
  })

  it.each([
    [401, '/auth/user', '请先登录微信'],
    [404, '/nothing', '没有这个地址'],
  ])('%i says so in Chinese', async (_status, path, msg) => {
    expect((await site.visitor().open(site.base + path, AS_SCRIPT)).json).toMatchObject({ msg })
  })

  it('for people too, except at the login and its callback', async () => {
    for (const path of ['/auth/user', '/nothing']) {
      expect((await site.visitor().open(site.base + path)).headers['content-type']).toContain(
        'application/json',
      )
    }
    for (const path of ['/auth?state=x', '/auth/code', '/auth/code?state=x&code=y']) {
      expect((await site.visitor().open(site.base + path)).headers['content-type']).toContain('text/html')
      const any = await site.visitor().open(site.base + path, { headers: { accept: '*/*' } })
      expect(any.json).toEqual(errorBody(400))
    }
  })
})

describe('wechatAuthRouter alone', () => {
  it('answers below /auth, and lets everything else on its prefix go on', async () => {
    const app = express()
    app.use('/wechat', wechatAuthRouter({ tokenManager: site.tokenManager }))
    app.use('/wechat', (req, res) => void res.end(`the app: ${req.method} ${req.path}`))
    const server = await listen(app)
    const open = (path: string, method = 'GET') =>
      createBrowser().open(`${server.origin}/wechat${path}`, { ...AS_SCRIPT, method })
    expect((await open('/offiaccount/jssdk', 'POST')).text).toBe('the app: POST /offiaccount/jssdk')
    expect((await open('/authors')).text).toBe('the app: GET /authors')
    expect((await open('/')).text).toBe('the app: GET /')
    expect((await open('/auth/nothing')).json).toEqual(errorBody(404))
    expect((await open('/auth', 'PUT')).json).toEqual(errorBody(405))
    await server.close()
  })
})
