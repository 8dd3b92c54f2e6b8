import cors from 'cors'
import express, { type Express } from 'express'
import {
  type AccessTokenRouterOptions,
  accessTokenRouter,
  createTokenManager,
  requireServiceKey,
  type TokenManager,
  WechatConfigError,
  wechatRouter,
} from 'express-wechat'
import { type RunningSimulator, startSimulator } from 'express-wechat/simulator'
import request from 'supertest'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { ManualClock } from '../support/manual-clock.ts'

const billingKey = 'billing-0123456789abcdefghijklmnop'
const reportsKey = 'reports-0123456789abcdefghijklmnop'
const keys = { billing: billingKey, reports: reportsKey }

let wechat: RunningSimulator
let clock: ManualClock
let tokenManager: TokenManager

beforeEach(async () => {
  // A clock that stands still: lives are told to the second.
  wechat = await startSimulator({ now: () => 1_800_000_000_000 })
  clock = new ManualClock()
  tokenManager = createTokenManager({
    appId: wechat.appId,
    appSecret: wechat.appSecret,
    apiBaseUrl: wechat.url,
    openBaseUrl: wechat.url,
    clock,
  })
})

afterEach(async () => {
  await tokenManager.close()
  await wechat.close()
})

function appWith(options: Partial<AccessTokenRouterOptions> = {}, prepare?: (app: Express) => void): Express {
  const app = express()
  prepare?.(app)
  return app.use('/wechat/token', accessTokenRouter({ tokenManager, serviceKeys: keys, ...options }))
}

const bearer = (key: string) => ({ Authorization: `Bearer ${key}` })

describe('the shared token for back ends', () => {
  it("is the account's current one, and may be cached for less than its TTL", async () => {
    const answer = await request(appWith()).get('/wechat/token').set(bearer(billingKey))

    expect(answer.status).toBe(200)
    expect(answer.body).toEqual({ access_token: wechat.currentAccessTokens.at(-1), expires_in: 6900 })
    expect(answer.headers['cache-control']).toBe('no-store')
  })

  it('may be cached for a minute in its last minutes', async () => {
    const app = appWith()
    await request(app).get('/wechat/token').set(bearer(billingKey))
    clock.advance((7200 - 310) * 1000)
    const late = await request(app).get('/wechat/token').set(bearer(billingKey))
    expect(late.body.expires_in).toBe(60)
  })

  it('is given for each of the keys', async () => {
    const app = appWith()
    for (const key of [billingKey, reportsKey]) {
      expect((await request(app).get('/wechat/token').set(bearer(key))).status).toBe(200)
    }
    expect(wechat.history.count('/cgi-bin/stable_token')).toBe(1)
  })

  it('is a jsapi_ticket on request, which may be cached for ten minutes', async () => {
    const answer = await request(appWith()).get('/wechat/token?type=jsapi_ticket').set(bearer(billingKey))
    expect(answer.body).toEqual({ jsapi_ticket: wechat.currentJsapiTicket, expires_in: 600 })
  })

  it.each(['component_access_token', '', 'access_token&type=jsapi_ticket'])(
    'refuses ?type=%s',
    async type => {
      const answer = await request(appWith()).get(`/wechat/token?type=${type}`).set(bearer(billingKey))
      expect(answer.body).toMatchObject({ status: 400, data: null })
    },
  )
})

describe('reporting a dead token', () => {
  it('replaces it and answers with the new one', async () => {
    const app = appWith()
    const before = (await request(app).get('/wechat/token').set(bearer(billingKey))).body.access_token
    wechat.revokeAccessToken()

    const answer = await request(app)
      .post('/wechat/token/invalidate')
      .set(bearer(reportsKey))
      .send({ token: before })

    expect(answer.status).toBe(200)
    expect(answer.body.access_token).toBe(wechat.currentAccessTokens.at(-1))
    expect(answer.body.access_token).not.toBe(before)
  })

  it('keeps the current one if another one is reported', async () => {
    const app = appWith()
    const current = (await request(app).get('/wechat/token').set(bearer(billingKey))).body.access_token
    const answer = await request(app)
      .post('/wechat/token/invalidate')
      .set(bearer(billingKey))
      .send({ token: 'one-from-yesterday' })

    expect(answer.body.access_token).toBe(current)
    expect(wechat.history.count('/cgi-bin/stable_token')).toBe(1)
  })

  it.each([
    ['no token', '{}'],
    ['a token that is no text', '{"token":{"$ne":""}}'],
    ['an empty token', '{"token":""}'],
    ['no JSON', 'token=abc'],
  ])('refuses %s', async (_name, body) => {
    const answer = await request(appWith())
      .post('/wechat/token/invalidate')
      .set(bearer(billingKey))
      .type('json')
      .send(body)
    expect(answer.status).toBe(400)
    expect(answer.body.data).toBeNull()
  })
})

describe('who has no key', () => {
  const wrong: [string, Record<string, string>][] = [
    ['sends none', {}],
    ['sends a wrong one', bearer('x'.repeat(34))],
    ['sends the beginning of one', bearer(billingKey.slice(0, 33))],
    ['sends one with more behind it', bearer(`${billingKey}x`)],
    ['sends it under another scheme', { Authorization: `Basic ${billingKey}` }],
    ['sends the name of one', bearer('billing')],
    ['sends an empty one', { Authorization: 'Bearer ' }],
  ]

  it.each(wrong)('gets the same 401 and nothing from WeChat: %s', async (_name, headers) => {
    const answer = await request(appWith()).get('/wechat/token').set(headers)

    expect(answer.status).toBe(401)
    expect(answer.text).toBe('{"status":401,"msg":"服务密钥缺失或无效","data":null}')
    expect(answer.headers['www-authenticate']).toBe('Bearer')
    expect(answer.headers['cache-control']).toBe('no-store')
    expect(wechat.history.entries).toHaveLength(0)
  })

  it('does not get in by the query', async () => {
    const app = appWith()
    for (const name of ['key', 'access_token', 'authorization']) {
      expect((await request(app).get(`/wechat/token?${name}=${billingKey}`)).status).toBe(401)
    }
  })

  it("can't report a token", async () => {
    const token = await tokenManager.getAccessToken()
    const answer = await request(appWith()).post('/wechat/token/invalidate').send({ token })
    expect(answer.status).toBe(401)
    expect(await tokenManager.getAccessToken()).toBe(token)
  })

  it('gets 429 after ten wrong ones in a minute, and a right key still passes', async () => {
    const app = appWith()
    for (let i = 0; i < 10; i++) expect((await request(app).get('/wechat/token')).status).toBe(401)

    const blocked = await request(app).get('/wechat/token')
    expect(blocked.status).toBe(429)
    expect(blocked.headers['retry-after']).toBe('60')
    expect(blocked.body).toEqual({ status: 429, msg: '请求太频繁，请稍后再试', data: null })
    // Behind one proxy they come from one address, and a stranger must not lock the others out.
    expect((await request(app).get('/wechat/token').set(bearer(billingKey))).status).toBe(200)

    clock.advance(60_001)
    expect((await request(app).get('/wechat/token')).status).toBe(401)
  })

  it('is counted by its IPv6 network, in any notation', async () => {
    const app = appWith({}, each => each.set('trust proxy', true))
    const spellings = ['2001:db8:1:2200::1', '2001:DB8:1:22FF:ffff::2', '2001:0db8:0001:2201:0:0:0:3']
    for (let i = 0; i < 10; i++) {
      await request(app)
        .get('/wechat/token')
        .set('X-Forwarded-For', spellings[i % 3] ?? '')
    }
    const from = (address: string) => request(app).get('/wechat/token').set('X-Forwarded-For', address)

    expect((await from('2001:db8:1:22ab::9')).status).toBe(429)
    expect((await from('2001:db8:1:2300::1')).status).toBe(401)
    expect((await from('198.51.100.7')).status).toBe(401)
  })

  it('is counted once as IPv4 and as IPv4 mapped into IPv6', async () => {
    const app = appWith({}, each => each.set('trust proxy', true))
    for (let i = 0; i < 10; i++) {
      await request(app)
        .get('/wechat/token')
        .set('X-Forwarded-For', i % 2 === 0 ? '198.51.100.7' : '::ffff:198.51.100.7')
    }
    const from = (address: string) => request(app).get('/wechat/token').set('X-Forwarded-For', address)
    expect((await from('::ffff:c633:6407')).status).toBe(429)
    expect((await from('::ffff:198.51.100.8')).status).toBe(401)
  })
})

describe('pages and other methods', () => {
  it('removes CORS headers that the app set before it', async () => {
    const app = appWith({}, each => each.use(cors({ credentials: true, origin: true })))
    const answer = await request(app)
      .get('/wechat/token')
      .set(bearer(billingKey))
      .set('Origin', 'https://h5.example.com')
    const names = Object.keys(answer.headers).filter(name => name.startsWith('access-control-'))
    expect(names).toEqual([])
  })

  it.each([
    ['POST', '/wechat/token', 'GET'],
    ['HEAD', '/wechat/token', 'GET'],
    ['GET', '/wechat/token/invalidate', 'POST'],
  ] as const)('answers %s %s with 405', async (method, path, allowed) => {
    const call = request(appWith())[method.toLowerCase() as 'get'](path)
    const answer = await call.set(bearer(billingKey))
    expect(answer.status).toBe(405)
    expect(answer.headers.allow).toBe(allowed)
  })

  it('has nothing else below it', async () => {
    const answer = await request(appWith()).get('/wechat/token/other').set(bearer(billingKey))
    expect(answer.status).toBe(404)
  })
})

describe('the keys', () => {
  it.each([
    ['none', {}],
    ['five', Object.fromEntries([1, 2, 3, 4, 5].map(n => [`k${n}`, `${billingKey}${n}`]))],
    ['a short one', { billing: 'secret-of-31-characters-0123456' }],
    ['one with a space', { billing: `${billingKey} ` }],
    ['the same one twice', { a: billingKey, b: billingKey }],
    ['a list', [billingKey]],
    ['a text', billingKey],
    ['a key in the place of its name', { [billingKey]: 'billing' }],
    ['a key in the place of a long name', { [billingKey]: 'the-back-end-that-writes-the-bills' }],
    ['a key with a symbol in the place of its name', { [`${billingKey}+/=`]: 'billing' }],
  ])('are refused by the factory without being shown: %s', (_name, wrongKeys) => {
    const mistake = catchError(() =>
      accessTokenRouter({ tokenManager, serviceKeys: wrongKeys as typeof keys }),
    )
    expect(mistake).toBeInstanceOf(WechatConfigError)
    expect(mistake.message).toMatch(/^accessTokenRouter: "serviceKeys/)
    expect(mistake.message).not.toContain('0123456')
  })

  it("give the back end's name for logs", async () => {
    const app = express().get('/who', requireServiceKey({ serviceKeys: keys }), (_req, res) => {
      res.send(res.locals.wechatServiceKey)
    })
    expect((await request(app).get('/who').set(bearer(reportsKey))).text).toBe('reports')
  })
})

describe('wechatRouter', () => {
  it('has no /token without keys', async () => {
    const app = express().use('/wechat', wechatRouter({ tokenManager }))
    const answer = await request(app).get('/wechat/token').set(bearer(billingKey))
    expect(answer.body).toEqual({ status: 404, msg: '没有这个地址', data: null })
  })

  it('has it with keys', async () => {
    const app = express().use('/wechat', wechatRouter({ tokenManager, serviceKeys: keys }))
    expect((await request(app).get('/wechat/token').set(bearer(billingKey))).status).toBe(200)
    expect((await request(app).get('/wechat/token')).status).toBe(401)
  })

  it('leaves media open to back ends without cookies', async () => {
    const app = express().use('/wechat', wechatRouter({ tokenManager }))
    const mediaId = wechat.uploadMedia({ type: 'image', data: Buffer.from('GIF89a') })
    expect((await request(app).get(`/wechat/offiaccount/media?media_id=${mediaId}`)).status).toBe(200)
  })

  it("gives media to keys alone with mediaAccess 'key'", async () => {
    const app = express().use(
      '/wechat',
      wechatRouter({ tokenManager, serviceKeys: keys, mediaAccess: 'key' }),
    )
    const mediaId = wechat.uploadMedia({ type: 'image', data: Buffer.from('GIF89a') })
    const url = `/wechat/offiaccount/media?media_id=${mediaId}`
    expect((await request(app).get(url)).status).toBe(401)
    expect(wechat.history.entries).toHaveLength(0)
    expect((await request(app).get(url).set(bearer(billingKey))).status).toBe(200)
  })

  it.each([{ mediaAccess: 'key' }, { mediaAccess: 'nobody' }])('refuses %o', options => {
    expect(() => wechatRouter({ tokenManager, ...(options as object) })).toThrow(
      /wechatRouter: "mediaAccess"/,
    )
  })
})

function catchError(run: () => unknown): Error {
  try {
    run()
  } catch (error) {
    if (error instanceof Error) return error
  }
  throw new Error('nothing was thrown')
}
