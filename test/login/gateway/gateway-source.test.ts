import express, { type Express, type RequestHandler } from 'express'
import session, { MemoryStore } from 'express-session'
import {
  createTokenManager,
  type RequireWechatLoginOptions,
  requireWechatLogin,
  WechatConfigError,
  wechatRouter,
} from 'express-wechat'
import { type RunningSimulator, startSimulator } from 'express-wechat/simulator'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { type Listening, listen } from '../../support/listen.ts'
import { newVisitor, type Visit, type Visitor } from '../../support/visitor.ts'
import { nextWarning } from '../../support/warning.ts'

const MINUTE = 60_000

let wechat: RunningSimulator
let gateway: Listening
let satellite: Listening
let satelliteSessions: MemoryStore
/** The headers with which the gateway was asked who somebody is. */
let questions: NodeJS.Dict<string | string[]>[]
/** Answers instead of the gateway. */
let gatewayFault: RequestHandler | undefined

beforeEach(async () => {
  vi.useFakeTimers({ toFake: ['Date'] })
  wechat = await startSimulator({ boundToOpenPlatform: true })
  questions = []
  gatewayFault = undefined
  const app = express()
  gateway = await listen(app)
  const satelliteApp = express()
  satellite = await listen(satelliteApp)
  app.use(
    session({ name: 'wechat.sid', secret: 'gateway', resave: false, saveUninitialized: false }),
    (req, res, next) => {
      const isQuestion = /^\/wechat\/auth\/(?:login|user\/openid)$/.test(req.path)
      if (isQuestion) questions.push({ ...req.headers, path: req.path })
      if (isQuestion && gatewayFault) gatewayFault(req, res, next)
      else next()
    },
    wechatAt('/wechat'),
  )
  mountSatellite(satelliteApp, { gateway: `${gateway.origin}/wechat` })
})

afterEach(async () => {
  vi.useRealTimers()
  await satellite.close()
  await gateway.close()
  await wechat.close()
})

function wechatAt(path: string): RequestHandler {
  const tokenManager = createTokenManager({
    appId: wechat.appId,
    appSecret: wechat.appSecret,
    apiBaseUrl: wechat.url,
    openBaseUrl: wechat.url,
  })
  return express().use(path, wechatRouter({ tokenManager, allowedOrigins: [satellite.origin] }))
}

function mountSatellite(app: Express, options: RequireWechatLoginOptions, name = 'satellite.sid'): Express {
  satelliteSessions = new MemoryStore()
  app.use(
    session({ name, secret: 'satellite', resave: false, saveUninitialized: false, store: satelliteSessions }),
  )
  app.get('/basket/:thing', requireWechatLogin(options), (req, res) => {
    Reflect.set(req.session, 'basket', req.params.thing)
    res.send('kept')
  })
  return app.get('/who', requireWechatLogin(options), (req, res) => {
    res.json({ ...req.wechat, basket: Reflect.get(req.session, 'basket') ?? null })
  })
}

async function logIn(visitor: Visitor, personId = 'lin-xiaoyu'): Promise<void> {
  const begun = await visitor.open(`${gateway.origin}/wechat/auth`)
  const callback = wechat.approve(begun.location ?? '', { personId })
  expect((await visitor.open(callback ?? '')).status).toBe(302)
}

/** Goes through the login to which somebody was sent, and opens the page to which it leads. */
async function returnFrom(visitor: Visitor, sent: Visit): Promise<Visit> {
  const authorize = await visitor.open(sent.location ?? '')
  const back = await visitor.open(wechat.approve(authorize.location ?? '') ?? '')
  return visitor.open(back.location?.replace(/#$/, '') ?? '')
}

const openidOf = (personId: string) => wechat.people.get(personId)?.openid

describe("a gateway's visitor", () => {
  it('is known to an app on another port of the same host', async () => {
    const visitor = newVisitor()
    await logIn(visitor)
    const answer = await visitor.fetch(`${satellite.origin}/who`)
    expect(answer.json).toEqual({
      openid: openidOf('lin-xiaoyu'),
      scope: 'snsapi_base',
      isSnapshotUser: false,
      loggedInAt: expect.any(String),
      basket: null,
    })
  })

  it("is not known by a stranger's cookie, a forged one or none", async () => {
    const stranger = newVisitor()
    expect((await stranger.fetch(`${satellite.origin}/who`)).status).toBe(401)
    expect(questions).toHaveLength(0)
    await stranger.jar.setCookie('wechat.sid=s%3Aforged.signature', gateway.origin)
    expect((await stranger.fetch(`${satellite.origin}/who`)).status).toBe(401)
    expect(questions).toHaveLength(1)
  })

  it("is asked for with the gateway's cookie alone", async () => {
    const visitor = newVisitor()
    await logIn(visitor)
    await visitor.jar.setCookie('shop=secret-of-the-shop', gateway.origin)
    await visitor.fetch(`${satellite.origin}/who`, { headers: { authorization: 'Bearer of-the-visitor' } })

    const sid = await visitor.cookie(gateway.origin, 'wechat.sid')
    expect(questions.map(({ cookie }) => cookie)).toEqual([`wechat.sid=${sid}`])
    expect(questions[0]).not.toHaveProperty('authorization')
  })

  it('is found by either name of the cookie, and the gateway says which is its own', async () => {
    const visitor = newVisitor()
    await logIn(visitor)
    const sid = await visitor.cookie(gateway.origin, 'wechat.sid')
    const ask = (cookie: string) => newVisitor().fetch(`${satellite.origin}/who`, { headers: { cookie } })
    const both = await ask(`wechat.sid=${sid}; __Host-wechat.sid=s%3Aother.signature`)
    expect(both.status).toBe(200)
    expect((await ask(`__Host-wechat.sid=${sid}`)).status).toBe(401)
    expect(questions.map(({ cookie }) => cookie)).toEqual([
      `__Host-wechat.sid=s%3Aother.signature; wechat.sid=${sid}`,
      `__Host-wechat.sid=${sid}`,
    ])
  })

  it('is asked for once in thirty seconds', async () => {
    const visitor = newVisitor()
    await logIn(visitor)
    await visitor.fetch(`${satellite.origin}/who`)
    vi.setSystemTime(Date.now() + 29_000)
    await visitor.fetch(`${satellite.origin}/who`)
    expect(questions).toHaveLength(1)
    vi.setSystemTime(Date.now() + 2_000)
    expect((await visitor.fetch(`${satellite.origin}/who`)).status).toBe(200)
    expect(questions).toHaveLength(2)
  })

  it('is asked for once by requests that come together', async () => {
    const visitor = newVisitor()
    await logIn(visitor)
    const arrived = Promise.withResolvers<void>()
    let waiting = 0
    satellite.server.on('request', () => ++waiting === 4 && arrived.resolve())
    gatewayFault = (_req, _res, next) => void arrived.promise.then(() => next())
    const answers = await Promise.all([1, 2, 3, 4].map(() => visitor.fetch(`${satellite.origin}/who`)))
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200])
    expect(questions).toHaveLength(1)
  })

  it("keeps the session's values past the next questions", async () => {
    const visitor = newVisitor()
    await logIn(visitor)
    await visitor.fetch(`${satellite.origin}/basket/tea`)
    vi.setSystemTime(Date.now() + 11 * MINUTE)
    expect((await visitor.fetch(`${satellite.origin}/who`)).json).toMatchObject({ basket: 'tea' })
  })

  it('gets a new session at once if the person changes', async () => {
    const visitor = newVisitor()
    await logIn(visitor, 'lin-xiaoyu')
    await visitor.fetch(`${satellite.origin}/basket/tea`)
    const before = await visitor.cookie(satellite.origin, 'satellite.sid')

    await logIn(visitor, 'wang-jianguo')
    const answer = await visitor.fetch(`${satellite.origin}/who`)
    expect(answer.json).toMatchObject({ openid: openidOf('wang-jianguo'), basket: null })
    expect(await visitor.cookie(satellite.origin, 'satellite.sid')).not.toBe(before)
  })

  it('is logged out at once, with an empty session, if the cookie is gone', async () => {
    const visitor = newVisitor()
    await logIn(visitor)
    await visitor.fetch(`${satellite.origin}/basket/tea`)
    await visitor.jar.setCookie('wechat.sid=; Max-Age=0', gateway.origin)

    expect((await visitor.fetch(`${satellite.origin}/who`)).status).toBe(401)
    const left = await new Promise(resolve => satelliteSessions.all((_error, all) => resolve(all)))
    expect(JSON.stringify(left)).not.toMatch(/tea|openid/)
  })

  it('is logged out at once after the logout at the gateway', async () => {
    const visitor = newVisitor()
    await logIn(visitor)
    await visitor.fetch(`${satellite.origin}/basket/tea`)
    await visitor.fetch(`${gateway.origin}/wechat/auth/logout`, { method: 'POST' })
    expect((await visitor.fetch(`${satellite.origin}/who`)).status).toBe(401)
    const left = await new Promise(resolve => satelliteSessions.all((_error, all) => resolve(all)))
    expect(JSON.stringify(left)).not.toMatch(/tea|openid/)
  })

  it('is logged out within thirty seconds if the browser still sends the old cookie', async () => {
    const visitor = newVisitor()
    await logIn(visitor)
    await visitor.fetch(`${satellite.origin}/who`)
    const old = await visitor.cookie(gateway.origin, 'wechat.sid')
    await visitor.fetch(`${gateway.origin}/wechat/auth/logout`, { method: 'POST' })
    await visitor.jar.setCookie(`wechat.sid=${old}; Path=/`, gateway.origin)
    vi.setSystemTime(Date.now() + 30_000)
    expect((await visitor.fetch(`${satellite.origin}/who`)).status).toBe(401)
  })

  it("is told with the scope, the time and the unionid of the gateway's login", async () => {
    const visitor = newVisitor()
    const begun = await visitor.open(`${gateway.origin}/wechat/auth?scope=snsapi_userinfo`)
    await visitor.open(wechat.approve(begun.location ?? '') ?? '')
    const loggedInAt = new Date().toISOString()
    vi.setSystemTime(Date.now() + MINUTE)
    const { json } = await visitor.fetch(`${satellite.origin}/who`)
    expect(json).toMatchObject({
      openid: openidOf('lin-xiaoyu'),
      scope: 'snsapi_userinfo',
      unionid: expect.any(String),
    })
    expect(Date.parse(Reflect.get(json as object, 'loggedInAt'))).toBeLessThanOrEqual(Date.parse(loggedInAt))
  })

  it('is asked for by /auth/user/openid if the gateway has no /auth/login', async () => {
    const visitor = newVisitor()
    await logIn(visitor)
    gatewayFault = (req, res, next) => (req.path.endsWith('/login') ? void res.sendStatus(404) : next())
    for (let minute = 0; minute < 3; minute++) {
      const { json } = await visitor.fetch(`${satellite.origin}/who`)
      expect(json).toMatchObject({ openid: openidOf('lin-xiaoyu'), scope: 'snsapi_base' })
      vi.setSystemTime(Date.now() + MINUTE)
    }
    // The gateway is not asked for what it lacks at each question.
    expect(questions.map(({ path }) => path)).toEqual([
      '/wechat/auth/login',
      ...Array(3).fill('/wechat/auth/user/openid'),
    ])
  })

  it('gets a new session id at the login', async () => {
    const visitor = newVisitor()
    const planted = 's%3Aplanted-by-somebody.signature'
    await visitor.jar.setCookie(`satellite.sid=${planted}`, satellite.origin)
    await logIn(visitor)
    await visitor.fetch(`${satellite.origin}/who`)
    expect(await visitor.cookie(satellite.origin, 'satellite.sid')).not.toBe(planted)
  })
})

describe('a visitor who is not logged in', () => {
  it("is sent to the gateway's login, and comes back", async () => {
    const visitor = newVisitor()
    const sent = await visitor.open(`${satellite.origin}/who?a=1`)
    const login = new URL(sent.location ?? '')
    expect(`${login.origin}${login.pathname}`).toBe(`${gateway.origin}/wechat/auth`)
    expect(login.searchParams.get('state')).toMatch(`${satellite.origin}/who?a=1&wechat-round=1-`)

    const back = await returnFrom(visitor, sent)
    expect(back.status).toBe(302)
    expect(back.headers['cache-control']).toBe('no-store')
    expect(back.location).toBe(`${satellite.origin}/who?a=1`)
    expect((await visitor.open(`${satellite.origin}/who?a=1`)).status).toBe(200)
  })

  it.each(['/who', '/who?a=1', '/who?a=%20+&b', '/who?a&', '/basket/%E8%8C%B6?x=/?'])(
    'finds the address as it was: %s',
    async page => {
      const visitor = newVisitor()
      const back = await returnFrom(visitor, await visitor.open(satellite.origin + page))
      expect(back.headers.location).toBe(page)
    },
  )

  it('keeps parameters that were added after the attempt counter', async () => {
    const visitor = newVisitor()
    const sent = await visitor.open(`${satellite.origin}/who`)
    const marked = new URL(sent.location ?? '').searchParams.get('state')
    await logIn(visitor)
    const answer = await visitor.open(`${marked}&from=singlemessage`)
    expect(answer.headers.location).toBe('/who?from=singlemessage')
  })

  it("gets 401 with the login's address if a script asks", async () => {
    const answer = await newVisitor().fetch(`${satellite.origin}/who`)
    expect(answer.json).toEqual({
      status: 401,
      msg: '请先登录微信',
      data: { loginUrl: `${gateway.origin}/wechat/auth` },
    })
  })

  it('makes the app write no session', async () => {
    const visitor = newVisitor()
    await visitor.fetch(`${satellite.origin}/who`)
    await visitor.open(`${satellite.origin}/who`)
    expect(await visitor.cookie(satellite.origin, 'satellite.sid')).toBeUndefined()
  })

  describe('whose gateway cookie does not arrive', () => {
    const comeBack = async (visitor: Visitor, times: number): Promise<Visit> => {
      let answer = await visitor.open(`${satellite.origin}/who?a=1`)
      for (let round = 0; round < times; round++) {
        expect(answer.status).toBe(302)
        answer = await visitor.open(new URL(answer.location ?? '').searchParams.get('state') ?? '')
      }
      return answer
    }

    it('comes back three times, then gets a page with a link to try again', async () => {
      const warned = nextWarning('SESSION_COOKIE_DOMAIN')
      const visitor = newVisitor()
      expect((await comeBack(visitor, 2)).status).toBe(302)
      const answer = await comeBack(visitor, 3)
      expect(answer.status).toBe(400)
      expect(answer.headers['content-type']).toContain('text/html')
      expect(answer.text).toContain('登录状态没有保存下来，请重新登录')
      expect(answer.text).toContain(encodeURIComponent(`${satellite.origin}/who?a=1&wechat-round=1-`))
      expect(await warned).toContain('wechat.sid')
    })

    it('is not counted for opening pages in tabs or by Back', async () => {
      const visitor = newVisitor()
      for (let tab = 0; tab < 8; tab++) {
        expect((await visitor.open(`${satellite.origin}/who`)).status).toBe(302)
      }
      expect(await visitor.jar.getCookies(satellite.origin)).toEqual([])
    })

    it('is counted also if the page keeps its fragment', async () => {
      const app = mountSatellite(express(), { gateway: `${gateway.origin}/wechat`, keepFragment: true })
      const keeping = await listen(app)
      const visitor = newVisitor()
      const statuses: number[] = []
      let page = `${keeping.origin}/who`
      for (let round = 0; round < 4; round++) {
        const { status, text } = await visitor.open(page)
        statuses.push(status)
        page = decodeURIComponent(/data-login="[^"]*state=([^"&]*)"/.exec(text)?.[1] ?? '')
      }
      await keeping.close()
      expect(statuses).toEqual([200, 200, 200, 400])
    })

    it('is not counted by an old attempt counter', async () => {
      const visitor = newVisitor()
      const sent = await comeBack(visitor, 2)
      const marked = new URL(sent.location ?? '').searchParams.get('state') ?? ''
      expect((await visitor.open(marked)).status).toBe(400)
      vi.setSystemTime(Date.now() + 5 * MINUTE)
      expect((await visitor.open(marked)).status).toBe(302)
    })
  })
})

describe('a gateway that does not answer', () => {
  async function answerUnder(fault: RequestHandler) {
    const visitor = newVisitor()
    await logIn(visitor)
    gatewayFault = fault
    return visitor.open(`${satellite.origin}/who`)
  }

  const unavailable = { status: 503, msg: '服务繁忙，请稍后再试', data: null }

  it.each<[string, RequestHandler]>([
    ['is broken', (_req, res) => void res.status(500).json({ status: 500 })],
    ['names somebody while it is broken', (_req, res) => void res.status(500).json({ openid: 'o1' })],
    ['answers nonsense', (_req, res) => void res.send('<html>')],
    ['names no openid', (_req, res) => void res.json({ openid: { $ne: '' } })],
    ['cuts the connection', req => void req.socket.destroy()],
    ['talks without end', (_req, res) => void res.json({ openid: 'o1', more: 'x'.repeat(5_000) })],
  ])('is 503, for pages too: %s', async (_name, fault) => {
    const answer = await answerUnder(fault)
    expect([answer.status, answer.text]).toEqual([503, expect.stringContaining(unavailable.msg)])
    expect(answer.headers['retry-after']).toBe('1')
  })

  it('counts as answering what it last said for ten minutes, and is asked once in five seconds', async () => {
    const visitor = newVisitor()
    await logIn(visitor)
    await visitor.fetch(`${satellite.origin}/who`)
    gatewayFault = (_req, res) => void res.status(500).json({ status: 500 })
    vi.setSystemTime(Date.now() + MINUTE)
    for (const _ of [1, 2, 3]) expect((await visitor.fetch(`${satellite.origin}/who`)).status).toBe(200)
    expect(questions).toHaveLength(2)
    vi.setSystemTime(Date.now() + 9 * MINUTE - 1_000)
    expect((await visitor.fetch(`${satellite.origin}/who`)).status).toBe(200)
    vi.setSystemTime(Date.now() + 1_000)
    expect((await visitor.fetch(`${satellite.origin}/who`)).json).toEqual(unavailable)
  })

  it('is not waited for with the answer of another cookie', async () => {
    const visitor = newVisitor()
    await logIn(visitor)
    await visitor.fetch(`${satellite.origin}/who`)
    gatewayFault = (_req, res) => void res.status(500).json({ status: 500 })
    await visitor.jar.setCookie('wechat.sid=s%3Aanother.cookie; Path=/', gateway.origin)
    expect((await visitor.fetch(`${satellite.origin}/who`)).json).toEqual(unavailable)
  })

  it('gives 503 if nothing listens', async () => {
    const visitor = newVisitor()
    await logIn(visitor)
    await gateway.close()
    expect((await visitor.fetch(`${satellite.origin}/who`)).json).toEqual(unavailable)
  })

  it('is not followed to another host with the cookie', async () => {
    let visits = 0
    const elsewhere = await listen((_req, res) => {
      visits += 1
      res.end('{"openid":"oelsewhere"}')
    })
    const answer = await answerUnder((_req, res) => res.redirect(307, elsewhere.origin))
    await elsewhere.close()
    expect([answer.status, answer.text]).toEqual([503, expect.stringContaining(unavailable.msg)])
    expect(visits).toBe(0)
  })

  it('is waited for no longer than timeoutMs', async () => {
    const app = mountSatellite(express(), { gateway: { url: `${gateway.origin}/wechat`, timeoutMs: 100 } })
    const impatient = await listen(app)
    const visitor = newVisitor()
    await logIn(visitor)
    gatewayFault = () => {}
    expect((await visitor.fetch(`${impatient.origin}/who`)).json).toEqual(unavailable)
    await impatient.close()
  })

  it('is needed again after ten minutes', async () => {
    const visitor = newVisitor()
    await logIn(visitor)
    await visitor.fetch(`${satellite.origin}/who`)
    gatewayFault = req => void req.socket.destroy()
    expect((await visitor.fetch(`${satellite.origin}/who`)).status).toBe(200)
    vi.setSystemTime(Date.now() + 10 * MINUTE)
    expect((await visitor.fetch(`${satellite.origin}/who`)).status).toBe(503)
  })
})

describe('a mistake', () => {
  it('is named if both apps give their session cookie one name', async () => {
    const warned = nextWarning('session(')
    const app = mountSatellite(express(), { gateway: `${gateway.origin}/wechat` }, 'wechat.sid')
    app.get('/visit', (req, res) => {
      Reflect.set(req.session, 'visited', true)
      res.send('hello')
    })
    const clashing = await listen(app)
    const visitor = newVisitor()
    await visitor.fetch(`${clashing.origin}/visit`)
    const answer = await visitor.fetch(`${clashing.origin}/who`)
    await clashing.close()

    expect(answer.status).toBe(500)
    expect(questions).toHaveLength(0)
    expect(await warned).toContain('session({ name: … })')
  })

  it.each([
    ['http to another machine', { gateway: 'http://m.example.com/wechat' }, 'gateway'],
    ['no address', { gateway: 'm.example.com' }, 'gateway'],
    ['a password in the address', { gateway: 'https://u:p@m.example.com/wechat' }, 'gateway'],
    ['a query in the address', { gateway: 'https://m.example.com/wechat?x=1' }, 'gateway'],
    [
      'a cookie name of two words',
      { gateway: { url: 'https://m.example.com', cookieName: 'a b' } },
      'gateway',
    ],
    ['an unknown setting', { gateway: { url: 'https://m.example.com', cookie: 'sid' } }, 'gateway.cookie'],
    [
      'user info, which a gateway does not tell',
      { gateway: 'https://m.example.com', scope: 'snsapi_userinfo' },
      'scope',
    ],
  ])('is refused at once: %s', (_name, options, named) => {
    const make = () => requireWechatLogin(options as RequireWechatLoginOptions)
    expect(make).toThrow(WechatConfigError)
    expect(make).toThrow(`requireWechatLogin: "${named}`)
    expect(make).not.toThrow('u:p')
  })
})
