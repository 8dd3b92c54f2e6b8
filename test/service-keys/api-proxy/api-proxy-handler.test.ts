import { channel } from 'node:diagnostics_channel'
import { once } from 'node:events'
import {
  Agent,
  type IncomingMessage,
  type RequestListener,
  request as requestHttp,
  type ServerResponse,
} from 'node:http'
import { inspect } from 'node:util'
import cors from 'cors'
import express, { type Express } from 'express'
import {
  type ApiProxyOptions,
  apiProxyHandler,
  createTokenManager,
  type TokenManager,
  WechatConfigError,
  wechatRouter,
} from 'express-wechat'
import fc from 'fast-check'
import request from 'supertest'
import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest'
import { listen } from '../../support/listen.ts'
import { ManualClock } from '../../support/manual-clock.ts'
import {
  hang,
  json,
  raw,
  refuse,
  reset,
  type ScriptedWechat,
  startScriptedWechat,
  TOKEN,
} from '../../support/scripted-wechat.ts'
import { APP_ID, APP_SECRET } from '../../support/token-bench.ts'

const SEND = '/cgi-bin/message/custom/send'
const TAGS = '/cgi-bin/tags/get'
const UPLOAD = '/cgi-bin/media/upload'
const CONFIRM = '/cgi-bin/get_api_domain_ip'
const NEVER = [
  '/cgi-bin/token',
  '/cgi-bin/stable_token',
  '/cgi-bin/ticket/getticket',
  '/cgi-bin/clear_quota',
  '/cgi-bin/clear_quota/v2',
  '/sns/userinfo',
  '/sns/oauth2/access_token',
]
const MIB = 1024 * 1024

const shopKey = 'shop-0123456789abcdefghijklmnopqrs'
const newsKey = 'news-0123456789abcdefghijklmnopqrs'
const serviceKeys = { shop: shopKey, news: newsKey }
const allow = { shop: [SEND, TAGS, UPLOAD, ...NEVER] }

let wechat: ScriptedWechat
let tokenManager: TokenManager
let clock: ManualClock

beforeEach(async () => {
  clock = new ManualClock()
  wechat = await startScriptedWechat({ nowMs: clock.monotonicMs })
  tokenManager = createTokenManager({
    appId: APP_ID,
    appSecret: APP_SECRET,
    apiBaseUrl: wechat.baseUrl,
    timeoutMs: 2_000,
    clock,
  })
})

afterEach(async () => {
  await tokenManager.close()
  await wechat.close()
})

function appWith(options: Partial<ApiProxyOptions> = {}, prepare?: (app: Express) => void): Express {
  const app = express()
  prepare?.(app)
  return app.use('/wechat/api', apiProxyHandler({ tokenManager, serviceKeys, allow, ...options }))
}

const bearer = (key: string) => ({ Authorization: `Bearer ${key}` })
const callsOf = (path: string) => wechat.calls.filter(call => call.path === path)

describe('a call through the gateway', () => {
  it('reaches WeChat with the token, and comes back as WeChat answered', async () => {
    wechat.once(TAGS, json({ tags: [{ id: 2, name: '星标组' }], errmsg: 'ok' }))
    const answer = await request(appWith()).get(`/wechat/api${TAGS}?lang=zh_CN&x=%26`).set(bearer(shopKey))

    expect(answer.status).toBe(200)
    expect(answer.text).toBe('{"tags":[{"id":2,"name":"星标组"}],"errmsg":"ok"}')
    expect(answer.headers).toMatchObject({
      'content-type': 'text/plain; charset=utf-8',
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
      'content-security-policy': "default-src 'none'; sandbox",
    })
    expect(callsOf(TAGS)).toMatchObject([
      { method: 'GET', query: { lang: 'zh_CN', x: '&', access_token: expect.stringMatching(/^token-1/) } },
    ])
  })

  it('carries body, content type and length, and nothing else of the caller', async () => {
    const body = '{"touser":"o1","id":12345678901234567890}'
    await request(appWith())
      .post(`/wechat/api${SEND}`)
      .set({
        ...bearer(shopKey),
        Cookie: 'sid=1',
        'X-Secret': '1',
        Range: 'bytes=0-1',
        Origin: 'https://a.test',
      })
      .type('application/json; charset=utf-8')
      .send(body)

    const [call] = callsOf(SEND)
    expect(call).toMatchObject({ method: 'POST', body })
    const names = [
      'accept',
      'accept-encoding',
      'connection',
      'content-length',
      'content-type',
      'host',
      'user-agent',
    ]
    expect(Object.keys(call?.headers ?? {}).sort()).toEqual(names)
    expect(call?.headers['content-type']).toBe('application/json; charset=utf-8')
    expect(call?.headers['content-length']).toBe(String(body.length))
  })

  it.each([
    ['express.json()', express.json()],
    ['express.raw()', express.raw({ type: () => true })],
    ['express.text()', express.text({ type: () => true })],
  ])('has its body also behind %s', async (_name, parser) => {
    const app = appWith({}, each => each.use(parser))
    await request(app).post(`/wechat/api${SEND}`).set(bearer(shopKey)).send({ touser: '张三' }).expect(200)
    expect(callsOf(SEND)[0]?.body).toBe('{"touser":"张三"}')
  })

  it('says so if a form parser has eaten the body', async () => {
    const app = appWith({}, each => each.use(express.urlencoded({ extended: false })))
    const answer = await request(app).post(`/wechat/api${SEND}`).set(bearer(shopKey)).type('form').send('a=1')
    expect(answer.status).toBe(400)
  })

  it("passes on errmsg, status and type of WeChat's own errors", async () => {
    wechat.once(
      TAGS,
      refuse(40007, 'invalid media_id rid: 1'),
      raw(500, 'oops', { 'content-type': 'text/html' }),
    )
    const app = appWith()
    const refusal = await request(app).get(`/wechat/api${TAGS}`).set(bearer(shopKey))
    expect([refusal.status, refusal.text]).toEqual([
      200,
      '{"errcode":40007,"errmsg":"invalid media_id rid: 1"}',
    ])
    const broken = await request(app).get(`/wechat/api${TAGS}`).set(bearer(shopKey))
    expect([broken.status, broken.text, broken.headers['content-type']]).toEqual([500, 'oops', 'text/html'])
  })

  it.each([45009, 45011])('answers 429 if the quota is used up (%i)', async errcode => {
    wechat.once(TAGS, refuse(errcode, 'reach max api daily quota limit'))
    const answer = await request(appWith()).get(`/wechat/api${TAGS}`).set(bearer(shopKey))
    expect([answer.status, JSON.parse(answer.text).errcode]).toEqual([429, errcode])
  })

  it('passes on no other header of WeChat, and no header of CORS', async () => {
    wechat.once(
      TAGS,
      raw(200, '{}', {
        'set-cookie': 'a=1',
        'access-control-allow-origin': '*',
        server: 'nginx',
        location: '/x',
      }),
    )
    const app = appWith({}, each => each.use(cors({ credentials: true, origin: true })))
    const answer = await request(app)
      .get(`/wechat/api${TAGS}`)
      .set({ ...bearer(shopKey), Origin: 'https://h5.example.com' })
    const names = Object.keys(answer.headers)
    expect(names.filter(name => /^access-control-|^(?:set-cookie|server|location)$/.test(name))).toEqual([])
  })

  it('streams a large answer byte for byte', async () => {
    const large = Buffer.alloc(5 * MIB, 'abcdefg')
    wechat.once(TAGS, raw(200, large, { 'content-type': 'image/jpeg' }))
    const answer = await request(appWith()).get(`/wechat/api${TAGS}`).set(bearer(shopKey)).buffer(true)
    expect(answer.headers['content-type']).toBe('image/jpeg')
    expect(Buffer.compare(answer.body, large)).toBe(0)
  })

  it('follows no redirect, which would carry the token along', async () => {
    wechat.once(TAGS, raw(302, '', { location: 'https://evil.test/' }))
    const answer = await request(appWith()).get(`/wechat/api${TAGS}`).set(bearer(shopKey))
    expect([answer.status, answer.headers.location]).toEqual([502, undefined])
  })

  it.each([
    ['a GET that breaks off, with its repetition', 'get', TAGS, 2],
    ['a POST that breaks off, once', 'post', SEND, 1],
  ] as const)('answers 502 to %s', async (_name, method, path, count) => {
    await tokenManager.getAccessToken()
    wechat.always(path, reset)
    const answer = await request(appWith())[method](`/wechat/api${path}`).set(bearer(shopKey))
    expect(answer.body).toEqual({ status: 502, msg: expect.any(String), data: null })
    expect(wechat.count(path)).toBe(count)
  })

  it('answers 504 if WeChat does not answer in time', async () => {
    await tokenManager.getAccessToken()
    wechat.always(SEND, hang)
    const answer = await request(appWith()).post(`/wechat/api${SEND}`).set(bearer(shopKey))
    expect(answer.status).toBe(504)
  })
})

describe('what is not passed on', () => {
  it.each(NEVER)('%s, also if it is listed', async path => {
    const answer = await request(appWith()).get(`/wechat/api${path}`).set(bearer(shopKey))
    expect(answer.body).toEqual({ status: 403, msg: expect.any(String), data: null })
    expect(wechat.calls).toHaveLength(0)
  })

  it('a path that is not listed for the key', async () => {
    const app = appWith()
    for (const [key, path] of [
      [shopKey, '/cgi-bin/tags/getidlist'],
      [shopKey, '/cgi-bin/tags'],
      [newsKey, TAGS],
    ] as const) {
      expect((await request(app).get(`/wechat/api${path}`).set(bearer(key))).status).toBe(403)
    }
    expect(wechat.calls).toHaveLength(0)
  })

  it.each([
    '/cgi-bin/%74ags/get',
    '/cgi-bin//tags/get',
    '//cgi-bin/tags/get',
    '/cgi-bin/x/../tags/get',
    '/cgi-bin/./tags/get',
    '/cgi-bin/Tags/get',
    '/cgi-bin/tags/get/',
    '/cgi-bin/tags%2Fget',
    '/cgi-bin\\tags/get',
    '/',
    '',
  ])('the path %j', async path => {
    const answer = await sendRaw(appWith(), `/wechat/api${path}`)
    expect(answer).toBe(404)
    expect(wechat.calls).toHaveLength(0)
  })

  it('any other spelling of a path', async () => {
    const app = await listen(appWith())
    const piece = fc.constantFrom(
      '/',
      '//',
      '..',
      '.',
      '%2e',
      '%2f',
      '\\',
      ';',
      'cgi-bin',
      'tags',
      'get',
      'T',
      '@',
    )
    await fc.assert(
      fc.asyncProperty(fc.array(piece, { maxLength: 7 }), async pieces => {
        const path = `/${pieces.join('')}`
        const before = wechat.calls.length
        const status = await sendRawTo(app.origin, `/wechat/api${path}`)
        if (path !== TAGS)
          expect([[400, 403, 404].includes(status), wechat.calls.length]).toEqual([true, before])
      }),
      { numRuns: 200 },
    )
    await app.close()
  })

  it.each([
    'access_token=mine',
    'x=1&access%5Ftoken=',
    'ACCESS_TOKEN=a',
    'access_token[]=a',
    '%20access_token=a',
  ])('the query ?%s', async query => {
    const answer = await request(appWith()).get(`/wechat/api${TAGS}?${query}`).set(bearer(shopKey))
    expect(answer.status).toBe(400)
    expect(wechat.calls).toHaveLength(0)
  })

  it.each(['put', 'delete', 'head', 'patch', 'options'] as const)('the method %s', async method => {
    const answer = await request(appWith())[method](`/wechat/api${TAGS}`).set(bearer(shopKey))
    expect([answer.status, answer.headers.allow]).toEqual([405, 'GET, POST'])
    expect(wechat.calls).toHaveLength(0)
  })

  it('the request of a caller without a key', async () => {
    const app = appWith()
    for (const headers of [{}, bearer('x'.repeat(34))]) {
      expect((await request(app).get(`/wechat/api${TAGS}`).set(headers)).status).toBe(401)
    }
    expect(wechat.calls).toHaveLength(0)
  })

  it.each([
    ['JSON over 1 MiB', { 'Content-Type': 'application/json' }, MIB + 1, 413],
    ['multipart over 20 MiB', { 'Content-Type': 'multipart/form-data; boundary=x' }, 20 * MIB + 1, 413],
    ['a compressed body', { 'Content-Type': 'application/json', 'Content-Encoding': 'gzip' }, 10, 415],
    ['a chunked body over 1 MiB', { 'Transfer-Encoding': 'chunked' }, MIB + 1, 413],
  ])('%s', async (_name, headers, size, status) => {
    const app = await listen(appWith())
    expect(await post(app.origin, headers, Buffer.alloc(size))).toMatchObject({ status })
    expect(wechat.count(UPLOAD)).toBe(0)
    await app.close()
  })
})

describe('a dead token', () => {
  it('is replaced once for 40 callers, none of whom fails', async () => {
    const seen: string[] = []
    const look = (value: unknown) => seen.push(inspect(value, { depth: null, showHidden: true }))
    const events = ['refresh', 'invalidated', 'request-failed'].map(name => channel(`express-wechat:${name}`))
    for (const event of events) event.subscribe(look)
    await tokenManager.getAccessToken()
    wechat.revoke()
    const app = await listen(appWith())

    const answers = await Promise.all(
      Array.from({ length: 40 }, (_, i) =>
        i % 2 === 0
          ? request(app.origin).get(`/wechat/api${TAGS}`).set(bearer(shopKey))
          : request(app.origin).post(`/wechat/api${SEND}`).set(bearer(shopKey)).send({ i }),
      ),
    )
    for (const event of events) event.unsubscribe(look)
    await app.close()

    for (const { status, text, headers } of answers) {
      expect([status, JSON.parse(text).errcode]).toEqual([200, 0])
      seen.push(text, JSON.stringify(headers))
    }
    expect(wechat.count(TOKEN)).toBe(2)
    const bodies = callsOf(SEND).map(call => call.body)
    expect(new Set(bodies).size).toBe(20)
    expect(seen.length).toBeGreaterThan(80)
    expect(seen.filter(text => /token-\d+-x/.test(text))).toEqual([])
  })

  it.each([40001, 40014, 42001])('that stays dead is 502 after one repetition (%i)', async errcode => {
    wechat.always(TAGS, (res, call) => {
      wechat.revoke()
      return refuse(errcode)(res, call)
    })
    const answer = await request(appWith()).get(`/wechat/api${TAGS}`).set(bearer(shopKey))
    expect(answer.status).toBe(502)
    expect(wechat.count(TAGS)).toBe(2)
  })

  it.each([40001, 40014, 42001])('is not sent again if WeChat returns it again (%i)', async errcode => {
    wechat.always(TAGS, refuse(errcode))
    const answer = await request(appWith()).get(`/wechat/api${TAGS}`).set(bearer(shopKey))
    expect(answer.status).toBe(502)
    expect(wechat.count(TAGS)).toBe(1)
  })

  it('is in no answer, also where WeChat echoes it', async () => {
    const echo =
      (errcode: number, type: string) => (res: ServerResponse, call: { query: Record<string, string> }) => {
        const token = call.query.access_token ?? ''
        res.writeHead(200, { 'content-type': `${type}; x=${token}` })
        res.end(JSON.stringify({ errcode, errmsg: `invalid ${token} ${encodeURIComponent(token)}` }))
      }
    for (const errcode of [0, 40001, 45009, 48001]) {
      wechat.always(TAGS, echo(errcode, 'text/plain'))
      const answer = await request(appWith()).get(`/wechat/api${TAGS}`).set(bearer(shopKey))
      // Its content type held the token, so that the test's client does not take it for a text.
      const text = String(answer.body)
      expect(text).toContain('[REDACTED]')
      expect(text + JSON.stringify(answer.headers)).not.toMatch(/token-\d+-x/)
    }
  })

  it.each([
    ['cut behind its beginning', (token: string) => [token.slice(0, 3), token.slice(3)]],
    ['cut before its end', (token: string) => [token.slice(0, -1), token.slice(-1)]],
    ['in single bytes', (token: string) => [...token]],
  ])('that comes behind the first MiB %s leaves no byte of it', async (_how, cut) => {
    const token = await tokenManager.getAccessToken()
    wechat.always(TAGS, async res => {
      res.writeHead(200, { 'content-type': 'application/octet-stream' })
      res.write(Buffer.alloc(2 * MIB, '.'))
      for (const piece of cut(token)) await new Promise(done => res.write(piece, () => setTimeout(done, 5)))
      res.end('.'.repeat(1_000))
    })
    const app = await listen(appWith())
    const answer = await fetch(`${app.origin}/wechat/api${TAGS}`, { headers: bearer(shopKey) })
    const received = await receiveUntilBreak(answer)
    expect(received.isBroken).toBe(true)
    expect(received.text.replaceAll('.', '')).toBe('')
    await app.close()
  })

  it('that is cut by the end of the first MiB leaves no byte of it', async () => {
    const token = await tokenManager.getAccessToken()
    wechat.always(TAGS, async res => {
      res.writeHead(200, { 'content-type': 'application/octet-stream' })
      res.write('.'.repeat(MIB - 4) + token.slice(0, 9))
      await new Promise(done => setTimeout(done, 50))
      res.end(token.slice(9) + '.'.repeat(MIB))
    })
    const app = await listen(appWith())
    const answer = await fetch(`${app.origin}/wechat/api${TAGS}`, { headers: bearer(shopKey) })
    const received = await receiveUntilBreak(answer)
    // If both pieces arrive together, the whole token is replaced, and the answer goes on.
    expect(received.text.replaceAll('.', '')).toBe(received.isBroken ? '' : '[REDACTED]')
    await app.close()
  })

  it('destroys a long answer that echoes it behind the first MiB', async () => {
    const token = await tokenManager.getAccessToken()
    wechat.always(TAGS, res => {
      res.writeHead(200, { 'content-type': 'application/octet-stream' })
      res.write(Buffer.alloc(2 * MIB))
      // In two pieces, as a network may cut it.
      res.write(token.slice(0, 9), () => setTimeout(() => res.end(token.slice(9)), 50))
    })
    const app = await listen(appWith())
    const answer = await fetch(`${app.origin}/wechat/api${TAGS}`, { headers: bearer(shopKey) })
    await expect(answer.arrayBuffer()).rejects.toThrow('terminated')
    await app.close()
  })
})

describe('an answer that does not end', () => {
  const stalling = (onClose: () => void) => (res: ServerResponse) => {
    res.once('close', onClose)
    res.writeHead(200, { 'content-type': 'application/octet-stream' })
    res.write(Buffer.alloc(2 * MIB))
  }

  it('is cut after ten seconds without a byte, and so is the connection to WeChat', async () => {
    await tokenManager.getAccessToken()
    const { promise: closed, resolve: close } = Promise.withResolvers<void>()
    wechat.always(TAGS, stalling(close))
    const app = await listen(appWith())
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    onTestFinished(() => void vi.useRealTimers())
    const answer = await fetch(`${app.origin}/wechat/api${TAGS}`, { headers: bearer(shopKey) })
    const progress = { bytes: 0, isOver: false }
    const received = receiveUntilBreak(answer, progress)
    // The last bytes are held back, since a token could begin in them.
    while (progress.bytes < 2 * MIB - 1_000) await nextTurn()
    vi.advanceTimersByTime(9_900)
    for (let turns = 0; turns < 20; turns++) await nextTurn()
    expect(progress.isOver).toBe(false)
    vi.advanceTimersByTime(100)
    expect((await received).isBroken).toBe(true)
    await closed
    await app.close()
  })

  it('is left by a caller who goes away, without a failure', async () => {
    const failures: unknown[] = []
    const note = (failure: unknown) => failures.push(failure)
    channel('express-wechat:request-failed').subscribe(note)
    await tokenManager.getAccessToken()
    const { promise: closed, resolve: close } = Promise.withResolvers<void>()
    wechat.always(TAGS, stalling(close))
    const app = await listen(appWith())
    const leaving = new AbortController()
    const answer = await fetch(`${app.origin}/wechat/api${TAGS}`, {
      headers: bearer(shopKey),
      signal: leaving.signal,
    })
    expect(answer.status).toBe(200)
    leaving.abort()
    await closed
    channel('express-wechat:request-failed').unsubscribe(note)
    expect(failures).toEqual([])
    await app.close()
  })

  it('is not waited for by a caller who left before it began', async () => {
    // Its time limit is longer than the test's, so that only the caller can end the call.
    const patient = createTokenManager({
      appId: APP_ID,
      appSecret: APP_SECRET,
      apiBaseUrl: wechat.baseUrl,
      timeoutMs: 60_000,
    })
    onTestFinished(() => patient.close())
    await patient.getAccessToken()
    const { promise: arrived, resolve: arrive } = Promise.withResolvers<void>()
    const { promise: closed, resolve: close } = Promise.withResolvers<void>()
    wechat.always(TAGS, res => {
      res.once('close', close)
      arrive()
    })
    const app = await listen(appWith({ tokenManager: patient }))
    const leaving = new AbortController()
    const answer = fetch(`${app.origin}/wechat/api${TAGS}`, {
      headers: bearer(shopKey),
      signal: leaving.signal,
    })
    const outcome = answer.catch(() => 'left')
    await arrived
    leaving.abort()
    expect(await outcome).toBe('left')
    await closed
    expect(wechat.count(TAGS)).toBe(1)
    await app.close()
  }, 20_000)
})

describe('a multipart body over 1 MiB', () => {
  const multipart = { 'Content-Type': 'multipart/form-data; boundary=x' }
  const large = Buffer.alloc(3 * MIB, 'photo')

  it('is sent once, after WeChat has confirmed the token', async () => {
    const app = await listen(appWith())
    await tokenManager.getAccessToken()
    wechat.revoke()
    expect(await post(app.origin, multipart, large)).toMatchObject({ status: 200 })
    const [upload, ...more] = callsOf(UPLOAD)
    expect([upload?.body === large.toString(), upload?.headers['content-length'], more]).toEqual([
      true,
      String(large.length),
      [],
    ])
    expect(wechat.count(CONFIRM)).toBe(2)
    await app.close()
  })

  it('needs no new confirmation within ten seconds', async () => {
    const app = await listen(appWith())
    await request(app.origin).get(`/wechat/api${TAGS}`).set(bearer(shopKey))
    await post(app.origin, multipart, large)
    clock.advance(9_000)
    await post(app.origin, multipart, large)
    expect(wechat.count(CONFIRM)).toBe(0)
    clock.advance(10_001)
    await post(app.origin, multipart, large)
    expect([wechat.count(CONFIRM), wechat.count(UPLOAD)]).toEqual([1, 3])
    await app.close()
  })

  it('is 503 with Retry-After if the token is not confirmed', async () => {
    wechat.always(CONFIRM, reset)
    const app = await listen(appWith())
    expect(await post(app.origin, multipart, large)).toMatchObject({ status: 503, retryAfter: '1' })
    expect(wechat.count(UPLOAD)).toBe(0)
    await app.close()
  })

  it('is 503 with Retry-After if the token dies after it was confirmed', async () => {
    const app = await listen(appWith())
    await request(app.origin).get(`/wechat/api${TAGS}`).set(bearer(shopKey))
    wechat.revoke()
    expect(await post(app.origin, multipart, large)).toMatchObject({ status: 503, retryAfter: '1' })
    expect(await post(app.origin, multipart, large)).toMatchObject({ status: 200 })
    await app.close()
  })
})

describe.each([
  ['keeps its connection', true],
  ['closes its connection', false],
])('a client that %s, and reads its answer only after it has sent its body', (_name, keepAlive) => {
  const large = Buffer.alloc(12 * MIB, 'photo')
  const multipart = { 'Content-Type': 'multipart/form-data; boundary=x', 'Content-Length': `${large.length}` }

  it.each([
    ['is chunked', { 'Transfer-Encoding': 'chunked' }],
    ['is JSON', { 'Content-Length': `${large.length}` }],
  ])('is told that a body over 1 MiB is too large if it %s', async (_name, headers) => {
    const app = await listen(appWith())
    expect(await sendAllFirst(app.origin, { headers, keepAlive }, large)).toBe(413)
    await app.close()
  })

  it.each<[string, RequestListener, number]>([
    ['breaks the connection', (_req, res) => void res.socket?.resetAndDestroy(), 502],
    [
      'answers',
      (_req, res) => void res.writeHead(200, { 'content-length': 17 }).write('{"errcode":45009}'),
      429,
    ],
  ])('is told the outcome if WeChat %s in the middle of the body', async (_name, refuseEarly, status) => {
    const early = await listen((req, res) => {
      if (req.url?.startsWith(UPLOAD)) refuseEarly(req, res)
      else res.end('{}')
    })
    const manager = createTokenManager({
      appId: APP_ID,
      tokenSource: async () => ({ accessToken: 'a-token', expiresInSeconds: 7200 }),
      apiBaseUrl: early.origin,
    })
    onTestFinished(() => manager.close())
    const app = await listen(appWith({ tokenManager: manager }))
    expect(await sendAllFirst(app.origin, { headers: multipart, keepAlive }, large)).toBe(status)
    await Promise.all([app.close(), early.close()])
  })
})

describe('the options', () => {
  it.each([
    ['no allow', { allow: undefined }, /"allow"/],
    ['a name without a key', { allow: { other: [TAGS] } }, /"allow" must have the names/],
    ['a path with upper-case letters', { allow: { shop: ['/cgi-bin/Tags'] } }, /"allow.shop.0"/],
    ['a path without a slash', { allow: { shop: ['cgi-bin/tags'] } }, /"allow.shop.0"/],
    ['a wildcard', { allow: { shop: ['/cgi-bin/*'] } }, /"allow.shop.0"/],
  ])('are refused: %s', (_name, options, message) => {
    const create = () =>
      apiProxyHandler({
        tokenManager,
        serviceKeys,
        ...(options as unknown as { allow: object }),
      } as ApiProxyOptions)
    expect(create).toThrow(WechatConfigError)
    expect(create).toThrow(message)
  })

  it('mount it by wechatRouter', async () => {
    const app = express().use('/wechat', wechatRouter({ tokenManager, serviceKeys, apiProxy: { allow } }))
    expect((await request(app).get(`/wechat/api${TAGS}`).set(bearer(shopKey))).status).toBe(200)
    expect((await request(app).get(`/wechat/api${TAGS}`)).status).toBe(401)
    const without = express().use('/wechat', wechatRouter({ tokenManager, serviceKeys }))
    expect((await request(without).get(`/wechat/api${TAGS}`).set(bearer(shopKey))).status).toBe(404)
    expect(() => wechatRouter({ tokenManager, apiProxy: { allow } })).toThrow(/wechatRouter: "apiProxy"/)
  })
})

async function sendRaw(app: Express, path: string): Promise<number> {
  const listening = await listen(app)
  const status = await sendRawTo(listening.origin, path)
  await listening.close()
  return status
}

/** The path reaches the server as it is written; HTTP clients would tidy it. */
function sendRawTo(origin: string, path: string): Promise<number> {
  const { hostname, port } = new URL(origin)
  return new Promise((resolve, reject) => {
    requestHttp({ hostname, port, path, headers: bearer(shopKey), agent: false }, response => {
      response.resume().once('end', () => resolve(response.statusCode ?? 0))
    })
      .once('error', reject)
      .end()
  })
}

interface Posted {
  status: number
  retryAfter: string | undefined
}

function post(origin: string, headers: Record<string, string>, body: Buffer): Promise<Posted> {
  return new Promise((resolve, reject) => {
    const isChunked = 'Transfer-Encoding' in headers
    const sent = requestHttp(
      `${origin}/wechat/api${UPLOAD}`,
      {
        method: 'POST',
        agent: false,
        headers: { ...bearer(shopKey), ...headers, ...(!isChunked && { 'Content-Length': body.length }) },
      },
      response => {
        const retryAfter = response.headers['retry-after']
        response.resume().once('end', () => resolve({ status: response.statusCode ?? 0, retryAfter }))
      },
    )
    sent.once('error', reject).end(body)
  })
}

/** Returns the status. Fails if the server closes the connection before it has taken the whole body. */
async function sendAllFirst(
  origin: string,
  { headers, keepAlive }: { headers: Record<string, string>; keepAlive: boolean },
  body: Buffer,
): Promise<number> {
  const agent = new Agent({ keepAlive })
  onTestFinished(() => agent.destroy())
  const all = { ...bearer(shopKey), ...headers }
  const sent = requestHttp(`${origin}/wechat/api${UPLOAD}`, { method: 'POST', agent, headers: all })
  const answered = once(sent, 'response')
  const finished = once(sent, 'finish')
  sent.end(body)
  await finished
  const [response]: IncomingMessage[] = await answered
  response?.resume()
  return response?.statusCode ?? 0
}

interface Received {
  text: string
  isBroken: boolean
}

/** Everything that came, also of an answer that breaks off. */
async function receiveUntilBreak(
  answer: Response,
  progress = { bytes: 0, isOver: false },
): Promise<Received> {
  const chunks: Uint8Array[] = []
  let isBroken = false
  try {
    for await (const chunk of answer.body ?? []) {
      chunks.push(chunk)
      progress.bytes += chunk.length
    }
  } catch {
    isBroken = true
  }
  progress.isOver = true
  return { text: Buffer.concat(chunks).toString('latin1'), isBroken }
}

function nextTurn(): Promise<void> {
  return new Promise(done => setImmediate(done))
}
