import type { Express, NextFunction, Request, Response } from 'express'
import { jssdkConfigHandler, requireWechatLogin, type TokenManager } from 'express-wechat'
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import { AS_SCRIPT } from '../support/browser.ts'
import { approve, closeSites, errorBody, type Site, startSite } from '../support/site.ts'

const OUTSIDE = { 'user-agent': 'Mozilla/5.0 (X11; Linux) Firefox/140.0' }

function show(req: Request, res: Response): void {
  res.json(req.wechat)
}

/** Watches whether a handler asks what the client accepts, which takes longer than all else that a guard does. */
function watchNegotiation(req: Request, res: Response, next: NextFunction): void {
  res.locals.accepts = vi.spyOn(req, 'accepts')
  next()
}

let site: Site
beforeAll(async () => {
  site = await startSite({ pages: mountPages })
})
afterAll(closeSites)
afterEach(() => void vi.unstubAllEnvs())

function mountPages(app: Express, tokenManager: TokenManager): void {
  const guard = requireWechatLogin({ tokenManager })
  app.get('/watched', watchNegotiation, guard, (_req, res) => {
    res.json(res.locals.accepts.mock.calls.length)
  })
  app.get('/called', requireWechatLogin({ tokenManager }), show)
  app.get('/uncalled', requireWechatLogin, show)
  app.get('/base', requireWechatLogin({ tokenManager, scope: 'snsapi_base' }), show)
  app.get('/profile', requireWechatLogin({ tokenManager, scope: 'snsapi_userinfo' }), show)
  app.get('/elsewhere', requireWechatLogin({ loginPath: 'https://login.example.com/wechat/auth' }), show)
  app.get('/redirecting', requireWechatLogin({ outsideWechat: 'redirect' }), show)
  app.get(
    '/handled',
    requireWechatLogin({ outsideWechat: (_req, res) => void res.status(418).end('elsewhere') }),
    show,
  )
  app.get(
    '/rejecting',
    requireWechatLogin({ outsideWechat: async () => Promise.reject(new Error('a mistake of the app')) }),
    show,
  )
  app.get(
    '/custom',
    requireWechatLogin({ onError: (error, _req, res) => void res.status(error.status).end(error.code) }),
    show,
  )
  app.get(
    '/custom-rejecting',
    requireWechatLogin({ onError: async () => Promise.reject(new Error('a mistake of the app')) }),
    show,
  )
  app.use((error: Error, _req: Request, res: Response, _next: () => void) => {
    res.status(500).end(`the app's own page: ${error.message}`)
  })
}

describe('a logged-in person', () => {
  it.each(['/called', '/uncalled'])('passes %s, and the handler reads who it is', async path => {
    const browser = site.visitor()
    await site.login(browser, { personId: 'he-miao' })
    const { json } = await browser.open(site.origin + path)
    expect(json).toEqual({
      openid: site.wechat.people.get('he-miao')?.openid,
      scope: 'snsapi_base',
      isSnapshotUser: false,
      loggedInAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT/),
    })
  })

  it('passes without a look at what the client accepts', async () => {
    const browser = site.visitor()
    await site.login(browser)
    expect((await browser.open(`${site.origin}/watched`)).json).toBe(0)
  })

  it('does not count to a guard without a token manager if it is of another account', async () => {
    const browser = site.visitor()
    await site.login(browser)
    vi.stubEnv('WECHAT_APP_ID', 'wx0123456789abcdef')
    expect((await browser.open(`${site.origin}/uncalled`, AS_SCRIPT)).status).toBe(401)
    vi.stubEnv('WECHAT_APP_ID', site.wechat.appId)
    expect((await browser.open(`${site.origin}/uncalled`, AS_SCRIPT)).status).toBe(200)
  })

  it('has a unionid with snsapi_userinfo if the account is bound to an Open Platform', async () => {
    const bound = await startSite({ simulator: { boundToOpenPlatform: true }, pages: mountPages })
    const browser = bound.visitor()
    await bound.login(browser, { scope: 'snsapi_userinfo' })
    const { json } = await browser.open(`${bound.origin}/called`)
    expect(json).toMatchObject({ unionid: bound.wechat.people.list()[0]?.unionid })
  })

  it('is marked as a snapshot-page user if the app accepts them', async () => {
    const open = await startSite({ router: { allowSnapshotUser: true }, pages: mountPages })
    const browser = open.visitor()
    const begun = await browser.open(`${open.base}/auth?scope=snsapi_userinfo`)
    await browser.open(open.wechat.approve(begun.location, { snapshot: true }) ?? '')
    expect((await browser.open(`${open.origin}/called`)).json).toMatchObject({ isSnapshotUser: true })
  })
})

describe('a page that nobody is logged in to', () => {
  it('redirects to the login, which returns to exactly this page', async () => {
    const browser = site.visitor()
    const page = `${site.origin}/called?a=1&b=%26%23&名=雨`
    const guarded = await browser.open(page)
    expect(guarded.status).toBe(302)
    expect(guarded.headers['cache-control']).toBe('no-store')
    const begun = await browser.open(new URL(guarded.location, site.origin).href)
    const ended = await browser.open(approve(site.wechat, begun))
    expect(ended.location).toBe(`${new URL(page).href}#`)
    expect((await browser.open(ended.location)).status).toBe(200)
  })

  it.each([
    ['a backslash, which browsers leave in queries', '/called?path=C:\\x', '/called?path=C:%5Cx#'],
    ['all that a login can carry', `/called?${'x'.repeat(1_700)}`, `/called?${'x'.repeat(1_700)}#`],
    ['more than a login can carry: then without its query', `/called?${'x'.repeat(2_100)}`, '/called#'],
    ['two slashes in front, which would be another site', '//evil.test/called', '/evil.test/called#'],
  ])('comes back from an address with %s', async (_name, path, expected) => {
    const guard = await startSite({
      pages: (app, tokenManager) => app.use(requireWechatLogin({ tokenManager })),
    })
    const browser = guard.visitor()
    const { port } = new URL(guard.origin)
    const location = await rawLocation(Number(port), path)
    const begun = await browser.open(new URL(location, guard.origin).href)
    expect((await browser.open(approve(guard.wechat, begun))).location).toBe(guard.origin + expected)
  })

  it('gives a login of another host the absolute address to return to', async () => {
    const { location } = await site.visitor().open(`${site.origin}/elsewhere?a=1`)
    const url = new URL(location)
    expect(url.origin + url.pathname).toBe('https://login.example.com/wechat/auth')
    expect(url.searchParams.get('state')).toMatch(`${site.origin}/elsewhere?a=1&wechat-round=1-`)
  })

  it('answers 400 to an invalid Host if the address is made from it', async () => {
    const { status } = await site.visitor().open(`${site.origin}/elsewhere`, { headers: { host: 'a"b' } })
    expect(status).toBe(400)
  })

  it.each([
    ['what the browser says of a navigation', { 'sec-fetch-mode': 'navigate', accept: '*/*' }, 302],
    ['what the browser says of a script', { 'sec-fetch-mode': 'cors', accept: 'text/html' }, 401],
    ['HTML before JSON', { accept: 'text/html,*/*;q=0.8' }, 302],
    ['anything', { accept: '*/*' }, 401],
    ['JSON before HTML', { accept: 'application/json, text/html;q=0.5' }, 401],
    ['nothing', { accept: undefined }, 401],
  ])('is known by %s', async (_name, headers, status) => {
    expect((await site.visitor().open(`${site.origin}/called`, { headers })).status).toBe(status)
  })
})

describe('data that nobody is logged in to', () => {
  it('is 401 with the address of the login', async () => {
    const { json, headers } = await site.visitor().open(`${site.origin}/called`, AS_SCRIPT)
    expect(json).toEqual({ ...errorBody(401), data: { loginUrl: '/wechat/auth' } })
    expect(headers['cache-control']).toBe('no-store')
  })

  it("names the scope in the login's address", async () => {
    const { json } = await site.visitor().open(`${site.origin}/profile`, AS_SCRIPT)
    expect(json).toMatchObject({ data: { loginUrl: '/wechat/auth?scope=snsapi_userinfo' } })
  })

  it.each([
    ['jQuery', { 'x-requested-with': 'XMLHttpRequest' }, 401],
    ['htmx', { 'hx-request': 'true' }, 401],
    ['pjax', { 'x-pjax': 'true' }, 401],
    ['no script, but the WebView of Android', { 'x-requested-with': 'com.tencent.mm' }, 302],
  ])('is 401 for a script that asks for HTML: %s', async (_name, headers, status) => {
    expect((await site.visitor().open(`${site.origin}/called`, { headers })).status).toBe(status)
  })

  it('is 401 for a POST, also of a form', async () => {
    const posting = await startSite({
      pages: app => void app.post('/form', requireWechatLogin(), show),
    })
    const answer = await posting.visitor().open(`${posting.origin}/form`, { method: 'POST' })
    expect(answer.status).toBe(401)
  })
})

describe('a browser that is not WeChat', () => {
  it("is redirected to the simulator's login if the account is simulated", async () => {
    expect((await site.visitor().open(`${site.origin}/called`, { headers: OUTSIDE })).status).toBe(302)
  })

  it('gets a page that says to open it in WeChat for a real account', async () => {
    vi.stubEnv('WECHAT_APP_ID', 'wx0123456789abcdef')
    const answer = await site.visitor().open(`${site.origin}/uncalled`, { headers: OUTSIDE })
    expect(answer.status).toBe(403)
    expect(answer.headers['content-type']).toContain('text/html')
    expect(answer.text).toContain('请在微信中打开')
  })

  it.each([
    ["WeCom's", 'Mozilla/5.0 (iPhone) wxwork/4.1.6 MicroMessenger/7.0.1 Language/zh', 403],
    ["WeChat's for Windows", 'Mozilla/5.0 (Windows) MicroMessenger/7.0.20 WindowsWechat', 302],
  ])("is told from WeChat's own: %s", async (_name, userAgent, status) => {
    vi.stubEnv('WECHAT_APP_ID', 'wx0123456789abcdef')
    const answer = await site
      .visitor()
      .open(`${site.origin}/elsewhere`, { headers: { 'user-agent': userAgent } })
    expect(answer.status).toBe(status)
  })

  it("is sent to the login with 'redirect', or to a handler of the app", async () => {
    const browser = site.visitor()
    expect((await browser.open(`${site.origin}/redirecting`, { headers: OUTSIDE })).status).toBe(302)
    expect((await browser.open(`${site.origin}/handled`, { headers: OUTSIDE })).text).toBe('elsewhere')
    expect((await browser.open(`${site.origin}/handled`)).status).toBe(302)
    expect((await browser.open(`${site.origin}/handled`, { headers: { accept: '*/*' } })).status).toBe(401)
  })

  it("passes an error of that handler to the app's error handler", async () => {
    const answer = await site.visitor().open(`${site.origin}/rejecting`, { headers: OUTSIDE })
    expect(answer.text).toBe("the app's own page: a mistake of the app")
  })
})

describe('a scope that the login lacks', () => {
  it('is asked for once, and then the page is open', async () => {
    const browser = site.visitor()
    await site.login(browser)
    const guarded = await browser.open(`${site.origin}/profile`)
    expect(guarded.location).toContain('scope=snsapi_userinfo')
    const begun = await browser.open(new URL(guarded.location, site.origin).href)
    await browser.open(approve(site.wechat, begun))
    expect((await browser.open(`${site.origin}/profile`)).json).toMatchObject({ scope: 'snsapi_userinfo' })
  })

  it('is not asked for again by pages of both scopes in turn', async () => {
    const browser = site.visitor()
    await site.login(browser, { scope: 'snsapi_userinfo' })
    expect((await browser.open(`${site.origin}/base`)).status).toBe(200)
    expect((await browser.open(`${site.origin}/profile`)).status).toBe(200)
  })

  it('ends with 403 if WeChat did not grant it when asked', async () => {
    const browser = site.visitor()
    site.wechat.faults.next('/sns/oauth2/access_token', {
      json: {
        access_token: 'a',
        refresh_token: 'r',
        expires_in: 7200,
        openid: 'osim_someone',
        scope: 'snsapi_base',
      },
    })
    await site.login(browser, { scope: 'snsapi_userinfo' })
    expect((await browser.open(`${site.origin}/profile`, AS_SCRIPT)).json).toEqual(errorBody(403))
    const page = await browser.open(`${site.origin}/profile`)
    expect([page.status, page.headers['content-type']]).toEqual([403, 'text/html; charset=utf-8'])
    expect(page.text).toContain('/wechat/auth?state=')
  })
})

describe('a login that does not last', () => {
  it.each([
    ['the session cookie does not reach the page', { cookie: { domain: 'other.test' } }, {}],
    ['the guard looks for another key', {}, { sessionKey: 'other' }],
  ])('ends after one login if %s', async (_name, session, guard) => {
    const broken = await startSite({
      session,
      pages: (app, tokenManager) => void app.get('/', requireWechatLogin({ tokenManager, ...guard }), show),
    })
    broken.wechat.configure({ autoApprove: true })
    const browser = broken.visitor()
    const ended = await browser.follow(`${broken.origin}/`)
    expect(ended.status).toBe(500)
    expect(ended.text).toContain('登录状态没有保存下来')
    expect(ended.hops).toHaveLength(4)
    // A person who tries again gets another login, and no more.
    expect((await browser.follow(`${broken.origin}/`)).hops).toHaveLength(4)
  })

  it('is not assumed if another account is asked next, or the person logged out', async () => {
    const browser = site.visitor()
    await site.login(browser)
    expect((await browser.open(`${site.origin}/elsewhere`)).status).toBe(200)
    await browser.open(`${site.base}/auth/logout`, { method: 'POST' })
    expect((await browser.open(`${site.origin}/called`)).status).toBe(302)

    await site.login(browser)
    const cookie = (await browser.jar.getCookieString(site.origin)).replace(/connect\.sid=[^;]*/, '')
    expect((await browser.open(`${site.origin}/called`, { cookie })).status).toBe(500)
    expect((await browser.open(`${site.origin}/elsewhere`, { cookie })).status).toBe(302)
  })
})

describe('onError', () => {
  it('answers instead of the JSON', async () => {
    const answer = await site.visitor().open(`${site.origin}/custom`, AS_SCRIPT)
    expect([answer.status, answer.text]).toEqual([401, 'not_logged_in'])
  })

  it('is called by each handler before anything is sent', async () => {
    const seen: string[] = []
    const custom = await startSite({
      router: {
        onError: (error, _req, res) => {
          seen.push(error.code)
          res.status(error.status).end('mine')
        },
      },
      pages: (app, tokenManager) => {
        app.post(
          '/sign',
          jssdkConfigHandler({ tokenManager, onError: (_error, _req, res) => void res.end('mine') }),
        )
      },
    })
    const browser = custom.visitor()
    for (const path of ['/auth/user', '/auth/user/openid', '/offiaccount/user', '/auth/code?state=x']) {
      expect((await browser.open(custom.base + path)).text).toBe('mine')
    }
    expect((await browser.open(`${custom.origin}/sign`, { method: 'POST', body: '{' })).text).toBe('mine')
    expect(seen).toEqual(['not_logged_in', 'not_logged_in', 'not_logged_in', 'bad_callback'])
  })

  it("passes its own failure to the app's error handler", async () => {
    const answer = await site.visitor().open(`${site.origin}/custom-rejecting`, AS_SCRIPT)
    expect(answer.text).toBe("the app's own page: a mistake of the app")
  })
})

/** What a client gets that sends its path as it is. */
async function rawLocation(port: number, path: string): Promise<string> {
  const { connect } = await import('node:net')
  const socket = connect(port, '127.0.0.1')
  socket.write(
    `GET ${path} HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nAccept: text/html\r\nConnection: close\r\n\r\n`,
  )
  let text = ''
  for await (const chunk of socket) text += chunk
  return /^location: (.*)$/im.exec(text)?.[1]?.trim() ?? text
}
