import assert from 'node:assert/strict'
import type { RequestListener } from 'node:http'
import { inspect } from 'node:util'
import express from 'express'
import session from 'express-session'
import {
  createTokenManager,
  followerHandler,
  jssdkConfigHandler,
  mediaProxyHandler,
  requireWechatLogin,
  type TokenManager,
  type TokenManagerOptions,
  type TokenSourceAnswer,
  type TokenSourceRequest,
  WechatConfigError,
  wechatAuthRouter,
  wechatRouter,
} from 'express-wechat'
import request from 'supertest'
import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest'
import { unavailableError } from '../../../src/errors/create-error.ts'
import { failureToReason, reasonToFailure } from '../../../src/tokens/failure-codec.ts'
import { type Listening, listen } from '../../support/listen.ts'
import { ManualClock } from '../../support/manual-clock.ts'
import {
  ANY_API,
  raw,
  type ScriptedWechat,
  startScriptedWechat,
  TICKET,
  TOKEN,
} from '../../support/scripted-wechat.ts'
import { APP_ID, APP_SECRET, passTime } from '../../support/token-bench.ts'

const serviceKey = 'canary-key-0123456789abcdefghijkl'
const SECRETS = ['WECHAT_APP_SECRET', 'WECHAT_TOKEN_SOURCE_URL', 'WECHAT_TOKEN_SOURCE_KEY'] as const

let clock: ManualClock
let wechat: ScriptedWechat

beforeEach(async () => {
  for (const name of SECRETS) delete process.env[name]
  clock = new ManualClock()
  wechat = await startScriptedWechat({ nowMs: clock.monotonicMs })
})
afterEach(async () => {
  for (const name of SECRETS) delete process.env[name]
  await wechat.close()
})

/** Time limits pass only if the test moves the time; sockets go on by themselves. */
function useManualTimers(): void {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
  onTestFinished(() => void vi.useRealTimers())
}

function managerWith(options: TokenManagerOptions): TokenManager {
  const manager = createTokenManager({
    appId: APP_ID,
    apiBaseUrl: wechat.baseUrl,
    timeoutMs: 2_000,
    clock,
    ...options,
  })
  onTestFinished(() => manager.close())
  return manager
}

describe('a gateway as the only source of tokens', () => {
  let gateway: Listening
  let gatewayManager: TokenManager
  let asked: string[]

  beforeEach(async () => {
    asked = []
    gatewayManager = createTokenManager({
      appId: APP_ID,
      appSecret: APP_SECRET,
      apiBaseUrl: wechat.baseUrl,
      clock,
    })
    const app = express()
    app.use((req, _res, next) => {
      asked.push(`${req.method} ${req.url}`)
      next()
    })
    app.use('/wechat', wechatRouter({ tokenManager: gatewayManager, serviceKeys: { other: serviceKey } }))
    gateway = await listen(app)
  })
  afterEach(async () => {
    await gateway.close()
    await gatewayManager.close()
  })

  const source = () => ({ url: `${gateway.origin}/wechat`, serviceKey })

  it('gives the token and the ticket, and this process asks WeChat for neither', async () => {
    const manager = managerWith({ tokenSource: source() })
    expect(await manager.getAccessToken()).toBe(await gatewayManager.getAccessToken())
    expect(await manager.getJsapiTicket()).toBe(await gatewayManager.getJsapiTicket())
    expect([wechat.count(TOKEN), wechat.count(TICKET)]).toEqual([1, 1])
  })

  it('is enough for signing, media, `request` and a guard, without an app secret', async () => {
    process.env.WECHAT_TOKEN_SOURCE_URL = `${gateway.origin}/wechat/`
    process.env.WECHAT_TOKEN_SOURCE_KEY = serviceKey
    const tokenManager = managerWith({})
    const jpeg = Buffer.concat([Buffer.from([0xff, 0xd8, 0xff, 0xe0]), Buffer.alloc(60)])
    wechat.always('/cgi-bin/media/get', raw(200, jpeg, { 'content-type': 'image/jpeg' }))
    const app = express()
      .use(session({ secret: 'x', resave: false, saveUninitialized: false }))
      .post('/jssdk', jssdkConfigHandler({ tokenManager, allowedOrigins: ['https://a.test'] }))
      .get('/media', mediaProxyHandler({ tokenManager }))
      .get('/follower', followerHandler({ tokenManager }))
      .get(
        '/page',
        requireWechatLogin({ gateway: `${gateway.origin}/wechat`, tokenManager }),
        (_req, res) => {
          res.end()
        },
      )

    const signed = await request(app).post('/jssdk').send({ url: 'https://a.test/' })
    expect([signed.status, Object.keys(signed.body)]).toEqual([
      200,
      ['appid', 'timestamp', 'noncestr', 'signature'],
    ])
    expect((await request(app).get('/media?media_id=some_media_id-1')).status).toBe(200)
    expect((await request(app).get('/follower')).status).toBe(401)
    expect((await request(app).get('/page').set('Accept', 'application/json')).status).toBe(401)
    await expect(tokenManager.request(ANY_API)).resolves.toMatchObject({ errcode: 0 })
  })

  it('is asked once by callers at the same time, and again ahead of the end', async () => {
    const manager = managerWith({ tokenSource: source() })
    await Promise.all(Array.from({ length: 40 }, () => manager.getAccessToken()))
    expect(asked).toEqual(['GET /wechat/token'])
    // The gateway lets a token be kept for 6,900 of its 7,200 seconds.
    await passTime(clock, 60_000)
    clock.advance(6_700_000)
    await manager.getAccessToken()
    await expect.poll(() => asked.length).toBe(2)
  })

  it('is told of a dead token once for 40 callers, none of whom fails', async () => {
    // 40 calls at once take a busy machine longer than the time limit of the other tests.
    const manager = managerWith({ tokenSource: source(), timeoutMs: 20_000 })
    const dead = await manager.getAccessToken()
    wechat.revoke()
    asked = []

    const answers = await Promise.all(Array.from({ length: 40 }, () => manager.request(ANY_API)))

    expect(answers.every(answer => answer.errcode === 0)).toBe(true)
    expect(await manager.getAccessToken()).not.toBe(dead)
    expect(wechat.count(TOKEN)).toBe(2)
    expect(asked.filter(line => line === 'POST /wechat/token/invalidate')).toHaveLength(1)
  })

  it.each([
    ['refuses the key', { serviceKey: 'x'.repeat(40) }, /does not accept the service key/],
    ['has no token at this address', { url: '/nowhere' }, /HTTP status 404/],
  ])('that %s fails with 503 and shows no secret', async (_name, wrong, message) => {
    const events: unknown[] = []
    const url = 'url' in wrong ? `${gateway.origin}${wrong.url}` : source().url
    const manager = managerWith({ tokenSource: { ...source(), ...wrong, url } })
    manager.on('refresh-failed', event => events.push(event))
    const error: unknown = await manager.getAccessToken().catch((failure: unknown) => failure)
    expect(error).toMatchObject({ code: 'token_source_unavailable', status: 503, message })
    expect(events).toMatchObject([{ credential: 'access_token', code: 'token_source_unavailable' }])
    const shown = inspect([error, events, manager], { depth: null, showHidden: true })
    expect(shown).not.toMatch(/canary-key|x{40}/)
  })

  it('follows no redirect, which would carry the key along', async () => {
    let visits = 0
    const thief = await listen((_req, res) => {
      visits += 1
      res.end()
    })
    const redirecting = await listen((_req, res) => res.writeHead(302, { location: thief.origin }).end())
    const manager = managerWith({ tokenSource: { url: redirecting.origin, serviceKey } })
    await expect(manager.getAccessToken()).rejects.toMatchObject({ code: 'token_source_unavailable' })
    expect(visits).toBe(0)
    await Promise.all([thief.close(), redirecting.close()])
  })
})

describe('a gateway that breaks the rules', () => {
  const failureWith = async (reply: RequestListener) => {
    const broken = await listen(reply)
    const manager = managerWith({ tokenSource: { url: broken.origin, serviceKey } })
    const failure: unknown = await manager.getAccessToken().catch((error: unknown) => error)
    await broken.close()
    return failure
  }

  it('by an answer without end is left after 16 KiB', async () => {
    let sentBytes = 0
    const failure = await failureWith((_req, res) => {
      res.writeHead(200)
      const timer = setInterval(() => {
        sentBytes += 4_096
        res.write(' '.repeat(4_096))
      }, 5)
      res.once('close', () => clearInterval(timer))
    })
    expect(failure).toMatchObject({
      code: 'token_source_unavailable',
      message: expect.stringContaining('its answer is too long'),
    })
    expect(sentBytes).toBeLessThan(1024 * 1024)
  })

  it('by saying nothing has five seconds', async () => {
    useManualTimers()
    let isOver = false
    const asked = Promise.withResolvers<void>()
    const failing = failureWith(() => asked.resolve()).finally(() => {
      isOver = true
    })
    await asked.promise
    await vi.advanceTimersByTimeAsync(4_900)
    expect(isOver).toBe(false)
    await vi.advanceTimersByTimeAsync(100)
    expect(await failing).toMatchObject({
      code: 'token_source_unavailable',
      message: expect.stringContaining('no answer in time'),
    })
  })

  it('by a break of the connection is named by the code alone', async () => {
    const failure = await failureWith((_req, res) => void res.socket?.resetAndDestroy())
    expect(failure).toMatchObject({ message: expect.stringContaining('ECONNRESET') })
    expect(inspect(failure, { depth: null, showHidden: true })).not.toContain('canary')
  })
})

describe("a token source of another team's centre", () => {
  const answer = (n: number): TokenSourceAnswer => ({
    accessToken: `centre-token-${n}`,
    expiresInSeconds: 7200,
  })

  it('gives the token once to callers at the same time', async () => {
    let calls = 0
    const manager = managerWith({ tokenSource: async () => answer(++calls) })
    const tokens = await Promise.all(Array.from({ length: 20 }, () => manager.getAccessToken()))
    expect(new Set(tokens)).toEqual(new Set(['centre-token-1']))
    expect(wechat.calls).toHaveLength(0)
  })

  it('learns which token WeChat refused, until it gives another one', async () => {
    const requests: (string | undefined)[] = []
    const manager = managerWith({
      tokenSource: async ({ refused }: TokenSourceRequest) => {
        requests.push(refused)
        return answer(requests.length)
      },
    })
    await manager.getAccessToken()
    await manager.invalidate('another-token')
    await manager.invalidate('centre-token-1')
    expect(await manager.getAccessToken()).toBe('centre-token-2')
    clock.advance(20_000)
    await manager.getJsapiTicket().catch(() => {})
    expect(requests.slice(0, 3)).toEqual([undefined, 'centre-token-1', undefined])
  })

  it('is told of a dead token also if a ticket is dropped at the same time', async () => {
    const requests: (string | undefined)[] = []
    const manager = managerWith({
      tokenSource: async ({ refused }: TokenSourceRequest) => {
        requests.push(refused)
        return { ...answer(requests.length), jsapiTicket: 'centre-ticket' }
      },
    })
    const [token, ticket] = [await manager.getAccessToken(), await manager.getJsapiTicket()]
    await manager.invalidate(token)
    await manager.invalidate(ticket)
    await manager.getAccessToken()
    expect(requests).toEqual([undefined, undefined, 'centre-token-1'])
  })

  it('gives the ticket too, or WeChat gives it for the token', async () => {
    const own = managerWith({ tokenSource: async () => ({ ...answer(1), jsapiTicket: 'centre-ticket' }) })
    expect(await own.getJsapiTicket()).toBe('centre-ticket')
    expect(wechat.calls).toHaveLength(0)

    const gateway = managerWith({ appSecret: APP_SECRET })
    const token = await gateway.getAccessToken()
    const without = managerWith({ tokenSource: async () => ({ accessToken: token, expiresInSeconds: 7200 }) })
    expect(await without.getJsapiTicket()).toMatch(/^ticket-/)
  })

  it.each<[string, () => Promise<unknown>, RegExp]>([
    ['throws', () => Promise.reject(new Error('canary-secret')), /tokenSource failed/],
    ['answers with nothing', async () => undefined, /no acceptable "answer"/],
    [
      'answers with a property that throws',
      async () => Object.defineProperty({}, 'accessToken', { get: () => assert.fail('canary-secret') }),
      /tokenSource failed/,
    ],
    ['answers without a life', async () => ({ accessToken: 'canary-secret' }), /"expiresInSeconds"/],
    [
      'answers with a token of two lines',
      async () => ({ accessToken: 'canary\nsecret', expiresInSeconds: 9 }),
      /"accessToken"/,
    ],
  ])('that %s fails with an error of this package, without a cause', async (_name, source, message) => {
    const manager = managerWith({ tokenSource: source as () => Promise<TokenSourceAnswer> })
    const error: unknown = await manager.getAccessToken().catch((failure: unknown) => failure)
    expect(error).toMatchObject({ code: 'token_source_unavailable', status: 503, message })
    expect(error).not.toHaveProperty('cause')
    expect(inspect(error, { depth: null, showHidden: true })).not.toContain('canary')
  })

  it('is remembered by all processes while it fails', () => {
    const reason = failureToReason(unavailableError('token_source_unavailable', 'canary-secret'))
    expect(reason).not.toContain('canary')
    expect(reasonToFailure(reason, 4_200)).toMatchObject({
      code: 'token_source_unavailable',
      status: 503,
      retryAfterSeconds: 5,
    })
  })

  it('has five seconds, and then its signal aborts', async () => {
    const asked = Promise.withResolvers<AbortSignal>()
    const manager = managerWith({
      tokenSource: request => {
        asked.resolve(request.signal)
        return new Promise(() => {})
      },
    })
    useManualTimers()
    const failing = expect(manager.getAccessToken()).rejects.toThrow(/within 5 seconds/)
    const signal = await asked.promise
    await vi.advanceTimersByTimeAsync(4_999)
    expect(signal.aborted).toBe(false)
    await vi.advanceTimersByTimeAsync(1)
    await failing
    expect(signal.aborted).toBe(true)
  })
})

describe('without an app secret', () => {
  const secretless = () => managerWith({ tokenSource: { url: 'https://m.example.com/wechat', serviceKey } })

  it.each([
    ['wechatAuthRouter', wechatAuthRouter],
    ['wechatRouter', wechatRouter],
  ])('%s throws in the factory and names the secret', (name, create) => {
    const make = () => create({ tokenManager: secretless() })
    expect(make).toThrow(WechatConfigError)
    expect(make).toThrow(new RegExp(`^${name} needs the "appSecret".*WECHAT_APP_SECRET`))
  })

  it('createTokenManager throws without a source too', () => {
    expect(() => managerWith({})).toThrow(/WECHAT_APP_SECRET/)
  })

  it.each<[string, unknown, RegExp]>([
    ['http to another host', { url: 'http://m.example.com', serviceKey }, /"tokenSource.url"/],
    ['no address', { url: 'm.example.com', serviceKey }, /"tokenSource.url"/],
    ['a short key', { url: 'https://m.example.com', serviceKey: 'canary' }, /"tokenSource.serviceKey"/],
    ['a text', 'https://m.example.com', /"tokenSource" must be/],
  ])('a source that is %s is refused', (_name, tokenSource, message) => {
    expect(() => managerWith({ tokenSource } as TokenManagerOptions)).toThrow(message)
    expect(() => managerWith({ tokenSource } as TokenManagerOptions)).not.toThrow(/canary/)
  })

  it('half of the environment is refused', () => {
    process.env.WECHAT_TOKEN_SOURCE_URL = 'https://m.example.com/wechat'
    expect(() => managerWith({})).toThrow(/"WECHAT_TOKEN_SOURCE_KEY"/)
  })
})
