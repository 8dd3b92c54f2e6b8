import { createHash } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import { type OnWechatLoginInput, WechatRequestError, type WechatRouterOptions } from 'express-wechat'
import { afterAll, describe, expect, it } from 'vitest'
import { AS_SCRIPT, type Browser } from '../../support/browser.ts'
import { listenTo } from '../../support/channels.ts'
import { approve, closeSites, errorBody, openidOf, type Site, startSite } from '../../support/site.ts'

afterAll(closeSites)

async function startWith(router: WechatRouterOptions): Promise<Site> {
  return startSite({
    router,
    pages(app) {
      app.get('/session', (req, res) => {
        res.locals.showsSecrets = true
        res.json(req.session)
      })
    },
  })
}

async function begin(site: Site, browser: Browser, query = ''): Promise<string> {
  return approve(site.wechat, await browser.open(`${site.base}/auth?state=%2Fcapsule${query}`))
}

const sessionOf = async (site: Site, browser: Browser) => {
  const { json } = await browser.open(`${site.origin}/session`, AS_SCRIPT)
  return json as Record<string, unknown>
}

describe('onLogin', () => {
  it('runs before the session holds the login, and what it returns is in the renewed session', async () => {
    const inputs: OnWechatLoginInput[] = []
    const site = await startWith({
      onLogin(input) {
        inputs.push(input)
        expect(input.req.session).not.toHaveProperty('wechat')
        return { session: { userId: 7, tags: ['first', { nested: null }] } }
      },
    })
    const browser = site.visitor()
    expect((await browser.open(await begin(site, browser))).location).toBe(`${site.origin}/capsule#`)

    const openid = site.wechat.people.get('lin-xiaoyu')?.openid
    expect(await sessionOf(site, browser)).toMatchObject({
      userId: 7,
      tags: ['first', { nested: null }],
      wechat: { openid },
    })
    expect(inputs).toHaveLength(1)
    expect(inputs[0]).toMatchObject({
      login: { openid, scope: 'snsapi_base', isSnapshotUser: false, loggedInAt: expect.any(Date) },
      via: 'oauth',
    })
    expect(inputs[0]?.signal.aborted).toBe(false)
  })

  it('runs once for a doubled callback, and both sessions hold what it returned', async () => {
    let runs = 0
    const site = await startWith({
      async onLogin() {
        runs += 1
        await delay(300)
        return { session: { run: runs } }
      },
    })
    const browser = site.visitor()
    const callback = await begin(site, browser)
    const cookie = await browser.jar.getCookieString(callback)
    const answers = await Promise.all([1, 2, 3].map(() => browser.open(callback, { cookie })))
    expect(runs).toBe(1)
    expect(answers.map(({ location }) => location)).toEqual(Array(3).fill(`${site.origin}/capsule#`))
    for (const { setCookies } of answers) {
      const sid = setCookies.find(text => text.startsWith('connect.sid='))?.split(';')[0] ?? ''
      const { json } = await site.visitor().open(`${site.origin}/session`, { cookie: sid })
      expect(json).toMatchObject({ run: 1, wechat: { appId: site.wechat.appId } })
    }
  })

  it('runs again for each login of its own', async () => {
    let runs = 0
    const site = await startWith({ onLogin: () => ({ session: { run: ++runs } }) })
    const browser = site.visitor()
    await browser.open(await begin(site, browser))
    await browser.open(await begin(site, browser))
    expect(await sessionOf(site, browser)).toMatchObject({ run: 2 })
  })

  it('gets the profile once if it asks twice, and only with snsapi_userinfo', async () => {
    const names: unknown[] = []
    const site = await startWith({
      async onLogin({ userInfo }) {
        const [one, two] = await Promise.all([userInfo(), userInfo()])
        names.push(one.nickname, two.nickname)
      },
    })
    const browser = site.visitor()
    expect((await browser.open(await begin(site, browser, '&scope=snsapi_userinfo'))).status).toBe(302)
    expect(names).toEqual(Array(2).fill(site.wechat.people.get('lin-xiaoyu')?.nickname))
    expect(site.wechat.history.count('/sns/userinfo')).toBe(1)

    const silent = site.visitor()
    expect((await silent.open(await begin(site, silent), AS_SCRIPT)).json).toEqual(errorBody(403))
    expect(await openidOf(site, silent)).toBeUndefined()
  })

  it('may fail before it waits for a profile that fails too, and the process goes on', async () => {
    const site = await startWith({
      async onLogin({ userInfo }) {
        const info = userInfo()
        await Promise.reject(new Error('the database is down'))
        await info
      },
    })
    const unhandled: unknown[] = []
    const listen = (reason: unknown) => void unhandled.push(reason)
    process.on('unhandledRejection', listen)
    try {
      const browser = site.visitor()
      expect((await browser.open(await begin(site, browser), AS_SCRIPT)).json).toEqual(errorBody(500))
    } finally {
      process.off('unhandledRejection', listen)
    }
    expect(unhandled).toEqual([])
  })

  it('does not run for a snapshot-page user', async () => {
    let runs = 0
    const site = await startWith({
      onLogin() {
        runs += 1
      },
    })
    const browser = site.visitor()
    const begun = await browser.open(`${site.base}/auth?scope=snsapi_userinfo`)
    const callback = site.wechat.approve(begun.location, { snapshot: true }) ?? ''
    expect((await browser.open(callback)).status).toBe(403)
    expect(runs).toBe(0)
  })
})

describe('an onLogin that refuses', () => {
  it('answers the status and the escaped userMessage of a WechatRequestError, to both callbacks', async () => {
    let runs = 0
    const site = await startWith({
      onLogin() {
        runs += 1
        throw new WechatRequestError('account 4711 is banned', {
          code: 'account_banned',
          status: 451,
          userMessage: '该账号<b>已停用</b>',
        })
      },
    })
    const failures = listenTo('express-wechat:request-failed')
    const browser = site.visitor()
    const callback = await begin(site, browser)
    for (const headers of [{}, { 'accept-language': 'en' }]) {
      const page = await browser.open(callback, { headers })
      expect(page.status).toBe(451)
      expect(page.text).toContain('该账号&#60;b&#62;已停用&#60;/b&#62;')
    }
    const answer = await browser.open(callback, AS_SCRIPT)
    expect(answer.json).toEqual({ status: 451, msg: '该账号<b>已停用</b>', data: null })
    expect(runs).toBe(1)
    expect(await openidOf(site, browser)).toBeUndefined()
    expect(failures.stop()).toEqual([
      { code: 'account_banned', status: 451, message: 'account 4711 is banned' },
    ])
  })

  it.each([
    ['an error', () => Promise.reject(new Error('the database of /etc/app is down'))],
    ['a text', () => Promise.reject('no error at all')],
    ['an error of WeChat', ({ login }: OnWechatLoginInput) => Promise.reject(new TypeError(login.openid))],
    [
      'a request error without an HTTP status',
      () => {
        throw new WechatRequestError('strange', { code: 'strange', status: 200 })
      },
    ],
  ])('answers 500 without detail if it throws %s', async (_name, onLogin) => {
    const site = await startWith({ onLogin })
    const failures = listenTo('express-wechat:request-failed')
    const browser = site.visitor()
    const callback = await begin(site, browser)
    const answers = [await browser.open(callback, AS_SCRIPT), await browser.open(callback, AS_SCRIPT)]
    for (const { json } of answers) {
      expect(json).toEqual({ status: 500, msg: '登录没有完成，请稍后再试', data: null })
    }
    expect(await openidOf(site, browser)).toBeUndefined()
    expect(failures.stop()[0]).toMatchObject({
      code: 'login_hook_failed',
      message: expect.stringContaining('onLogin'),
    })
  })

  it('leaves the session from before as it was', async () => {
    let isRefusing = false
    const site = await startWith({
      onLogin() {
        if (isRefusing) throw new Error('down')
        return { session: { userId: 1 } }
      },
    })
    const browser = site.visitor()
    await browser.open(await begin(site, browser))
    const before = await sessionOf(site, browser)
    isRefusing = true
    expect((await browser.open(await begin(site, browser, '&scope=snsapi_userinfo'))).status).toBe(500)
    expect(await sessionOf(site, browser)).toEqual(before)
  })

  it('refuses if it does not end within its limit, and its signal aborts', async () => {
    const ended = Promise.withResolvers<void>()
    let signal: AbortSignal | undefined
    const site = await startWith({
      onLoginTimeoutMs: 200,
      async onLogin(input) {
        signal = input.signal
        await ended.promise
        return { session: { late: true } }
      },
    })
    const browser = site.visitor()
    const callback = await begin(site, browser)
    const answers = await Promise.all([1, 2].map(() => browser.open(callback, AS_SCRIPT)))
    for (const answer of answers) expect(answer.json).toEqual(errorBody(500))
    expect(signal?.aborted).toBe(true)
    ended.resolve()
    expect((await browser.open(callback, AS_SCRIPT)).json).toEqual(errorBody(500))
    expect(await openidOf(site, browser)).toBeUndefined()
  })
})

describe('the values for the session', () => {
  const open = async (session: unknown) => {
    const site = await startWith({ onLogin: () => ({ session }) as never })
    const browser = site.visitor()
    const { status } = await browser.open(await begin(site, browser))
    const kept = await sessionOf(site, browser)
    await site.close()
    return { status, kept }
  }

  it('may be 8 KiB of JSON, and not one byte more', async () => {
    const envelope = Buffer.byteLength(JSON.stringify({ text: '' }))
    const text = '时'.repeat(Math.floor((8_192 - envelope) / 3))
    expect(Buffer.byteLength(JSON.stringify({ text }))).toBeGreaterThan(8_189)
    expect((await open({ text })).kept).toMatchObject({ text })
    expect((await open({ text: `${text}时` })).status).toBe(500)
  })

  it.each(['cookie', 'wechat', 'save', 'regenerate', '__proto__', 'toString'])(
    'must not hold "%s", which the session itself uses',
    async name => {
      const { status, kept } = await open(JSON.parse(`{"${name}":{"openid":"forged"}}`))
      expect(status).toBe(500)
      expect(kept).not.toHaveProperty('wechat')
    },
  )

  it.each([
    ['a list', ['a list']],
    ['a text', 'a text'],
    ['a number', 7],
    ['null', null],
    ['a big integer', { big: 1n }],
  ])('must be an object of JSON, not %s', async (_name, session) => {
    expect((await open(session)).status).toBe(500)
  })

  it('become what JSON makes of them', async () => {
    expect((await open({ day: new Date(0), nothing: undefined })).kept).toMatchObject({
      day: '1970-01-01T00:00:00.000Z',
    })
  })
})

describe('onLogout', () => {
  it('runs once for a login that ended, after its end, and its failure does not undo the logout', async () => {
    const calls: unknown[] = []
    const site = await startWith({
      onLogin: () => ({ session: { userId: 1 } }),
      onLogout({ login, req }) {
        calls.push([login.openid, Object.hasOwn(req.session, 'userId')])
        throw new Error('down')
      },
    })
    const failures = listenTo('express-wechat:request-failed')
    const browser = site.visitor()
    const logout = () => browser.open(`${site.base}/auth/logout`, { ...AS_SCRIPT, method: 'POST' })
    await browser.open(await begin(site, browser))
    expect([(await logout()).status, (await logout()).status]).toEqual([204, 204])
    expect(calls).toEqual([[site.wechat.people.get('lin-xiaoyu')?.openid, false]])
    expect(await sessionOf(site, browser)).not.toHaveProperty('userId')
    expect(failures.stop()).toMatchObject([{ code: 'logout_hook_failed' }])
  })
})

describe('the events', () => {
  it('tell each login, refusal and logout once, with the openid hashed and without a token', async () => {
    const events = ['login', 'login-refused', 'logout'].map(name => listenTo(`express-wechat:${name}`))
    let isRefusing = false
    const site = await startWith({
      onLogin() {
        if (isRefusing) throw new Error('down')
      },
    })
    const browser = site.visitor()
    const callback = await begin(site, browser, '&scope=snsapi_userinfo')
    await browser.open(callback)
    await browser.open(callback)
    await browser.open(`${site.base}/auth/logout`, { ...AS_SCRIPT, method: 'POST' })
    isRefusing = true
    const refused = await begin(site, browser)
    await browser.open(refused)
    await browser.open(refused)

    const { openid } = site.wechat.people.get('lin-xiaoyu') ?? {}
    const openidHash = createHash('sha256').update(`${openid}`).digest('hex')
    const { appId } = site.wechat
    expect(events.map(({ stop }) => stop())).toEqual([
      [{ appId, openidHash, scope: 'snsapi_userinfo', isSnapshotUser: false, via: 'oauth' }],
      [{ appId, openidHash, via: 'oauth', code: 'login_hook_failed', status: 500 }],
      [{ appId, openidHash }],
    ])
  })

  it('tell a person who refused at WeChat', async () => {
    const refusals = listenTo('express-wechat:login-refused')
    const site = await startWith({})
    const callback = new URL(await begin(site, site.visitor()))
    callback.searchParams.set('code', 'authdeny')
    await site.visitor().open(callback.href)
    expect(refusals.stop()).toEqual([
      { appId: site.wechat.appId, openidHash: undefined, via: 'oauth', code: 'login_refused', status: 403 },
    ])
  })
})

describe('the options', () => {
  it.each([
    [{ onLogin: true }, '"onLogin"'],
    [{ onLogout: {} }, '"onLogout"'],
    [{ onLoginTimeoutMs: 99 }, '"onLoginTimeoutMs" must be at least 100'],
    [{ onLoginTimeoutMs: 30_001 }, '"onLoginTimeoutMs" must be at most 30000'],
    [{ onLoginTimeoutMs: 500.5 }, '"onLoginTimeoutMs" must be a whole number'],
  ])('%j is refused in the factory', async (router, message) => {
    await expect(startWith(router as never)).rejects.toThrow(message)
  })
})
