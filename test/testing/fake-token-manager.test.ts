import express, { type RequestHandler } from 'express'
import session from 'express-session'
import {
  accessTokenRouter,
  downloadMedia,
  followerHandler,
  jssdkConfigHandler,
  mediaProxyHandler,
  requireWechatLogin,
  saveMedia,
  signJssdkConfig,
  wechatAuthRouter,
  wechatRouter,
} from 'express-wechat'
import { createFakeTokenManager, type FakeTokenManagerOptions } from 'express-wechat/testing'
import supertest from 'supertest'
import { describe, expect, it, onTestFinished } from 'vitest'
import { createBrowser } from '../support/browser.ts'
import { listen } from '../support/listen.ts'

const JPEG = Buffer.concat([Buffer.from([0xff, 0xd8, 0xff, 0xe0]), Buffer.alloc(200, 7)])
const media = { 'media-1': { contentType: 'image/jpeg', body: JPEG } }
const KEY = 'a-service-key-of-32-characters-xx'

function appWith(path: string, handler: RequestHandler) {
  const app = express()
  app.use(session({ secret: 'test', resave: false, saveUninitialized: false }))
  app.use('/as/:openid', (req, _res, next) => {
    Object.assign(req.session, {
      wechat: {
        openid: req.params.openid,
        scope: 'snsapi_base',
        askedScope: 'snsapi_base',
        isSnapshotUser: false,
        appId: 'wxfake0000000000',
        loggedInAt: Date.now(),
      },
    })
    next()
  })
  return supertest(app.use(path, handler))
}

describe('a fake token manager', () => {
  it('signs pages with its ticket', async () => {
    const tokenManager = createFakeTokenManager({ jsapiTickets: ['ticket-of-the-test'] })
    const app = appWith('/jssdk', jssdkConfigHandler({ tokenManager, publicUrl: 'https://m.example.com' }))
    const { body } = await app.post('/jssdk').send({ url: 'https://m.example.com/page' }).expect(200)
    const { timestamp, noncestr } = body
    expect(body).toEqual(
      signJssdkConfig({
        appId: 'wxfake0000000000',
        jsapiTicket: 'ticket-of-the-test',
        pageUrl: 'https://m.example.com/page',
        timestamp,
        noncestr,
      }),
    )
    expect(tokenManager.calls.map(({ endpoint }) => endpoint)).toEqual([
      '/cgi-bin/stable_token',
      '/cgi-bin/ticket/getticket',
    ])
  })

  it('gives media to the handler and to downloadMedia, and refuses other ids as WeChat does', async () => {
    const tokenManager = createFakeTokenManager({ media })
    const app = appWith('/media', mediaProxyHandler({ tokenManager }))
    const { body } = await app.get('/media?media_id=media-1').expect(200)
    expect(body).toEqual({ content_type: 'image/jpeg', media_data: JPEG.toString('base64') })
    await app.get('/media?media_id=media-2').expect(400, /40007/)
    const { stream } = await downloadMedia(tokenManager, 'media-1')
    expect(Buffer.concat(await stream.toArray())).toEqual(JPEG)
  })

  it('can be saved from, a large file too', async () => {
    const body = Buffer.concat([JPEG, Buffer.alloc(3_000_000, 1)])
    const tokenManager = createFakeTokenManager({ media: { large: { contentType: 'image/jpeg', body } } })
    const chunks: Buffer[] = []
    const saved = await saveMedia(tokenManager, 'large', async ({ stream }) => {
      for await (const chunk of stream) chunks.push(chunk)
    })
    expect(saved.size).toBe(body.length)
    expect(Buffer.concat(chunks).equals(body)).toBe(true)
  })

  it('looks followers up, by the answer that the test gives', async () => {
    const answers = { '/cgi-bin/user/info': { subscribe: 1, openid: 'o1', remark: '老友' } }
    const tokenManager = createFakeTokenManager({ answers })
    const app = appWith('/as/:openid/user', followerHandler({ tokenManager }))
    const { body } = await app.get('/as/o1/user').expect(200)
    expect(body).toMatchObject({ subscribe: 1, remark: '老友' })
  })

  it('hands its token out to back ends, with its remaining life', async () => {
    const tokenManager = createFakeTokenManager({ accessTokens: ['token-of-the-test'] })
    const app = appWith('/token', accessTokenRouter({ tokenManager, serviceKeys: { billing: KEY } }))
    const { body } = await app.get('/token').set('Authorization', `Bearer ${KEY}`).expect(200)
    expect(body.access_token).toBe('token-of-the-test')
    expect(body.expires_in).toBeGreaterThan(6_000)
  })

  it('begins and finishes a login', async () => {
    const tokenManager = createFakeTokenManager()
    const app = express()
    app.use(session({ secret: 'test', resave: false, saveUninitialized: false }))
    app.use('/wechat', wechatAuthRouter({ tokenManager }))
    app.get('/me', requireWechatLogin({ tokenManager }), (req, res) => res.json(req.wechat))
    const { origin, close } = await listen(app)
    onTestFinished(close)
    const browser = createBrowser()
    const begun = await browser.open(`${origin}/wechat/auth?state=/me`)
    const state = new URL(begun.location).searchParams.get('state')
    const callback = `${origin}/wechat/auth/code?code=0123456789abcdef&state=${state}`
    const page = await browser.follow(callback)
    expect(page.json).toMatchObject({ openid: 'fake-openid', scope: 'snsapi_userinfo' })
  })

  it('replaces a reported token by the next one', async () => {
    const tokenManager = createFakeTokenManager({ accessTokens: ['first', 'second'] })
    expect(await tokenManager.getAccessToken()).toBe('first')
    await tokenManager.invalidate('first')
    expect(await tokenManager.getAccessToken()).toBe('second')
  })

  it('fails at the endpoints that the test names', async () => {
    const refused = createFakeTokenManager({ errors: { '/cgi-bin/stable_token': 40164 } })
    await expect(refused.getAccessToken()).rejects.toMatchObject({ errcode: 40164, status: 500 })
    const unreachable = createFakeTokenManager({ errors: { '/cgi-bin/ticket/getticket': 'unreachable' } })
    await expect(unreachable.getJsapiTicket()).rejects.toMatchObject({ code: 'wechat_unreachable' })
  })

  it('answers a request with what a function returns, and records the calls', async () => {
    const answers = {
      '/cgi-bin/tags/create': (call: { json: unknown }) => ({ errcode: 0, got: call.json }),
    }
    const tokenManager = createFakeTokenManager({ answers })
    const answer = await tokenManager.request('/cgi-bin/tags/create', { json: { tag: { name: '广东' } } })
    expect(answer).toEqual({ errcode: 0, got: { tag: { name: '广东' } } })
    expect(tokenManager.calls.at(-1)).toMatchObject({
      endpoint: '/cgi-bin/tags/create',
      method: 'POST',
      query: { access_token: 'fake-access-token' },
    })
  })

  it('mounts as a whole router', () => {
    expect(() =>
      wechatRouter({ tokenManager: createFakeTokenManager(), publicUrl: 'https://m.example.com/wechat' }),
    ).not.toThrow()
  })

  it.each<[string, object]>([
    ['appId', { appId: 'wxsim_demo' }],
    ['accessTokens', { accessTokens: [] }],
    ['media.a.body', { media: { a: { contentType: 'image/jpeg', body: 'text' } } }],
    ['answers.user/info', { answers: { 'user/info': {} } }],
    ['errors./x', { errors: { '/x': 'broken' } }],
    ['ticket', { ticket: 'x' }],
  ])('names the option %s that is wrong', (option, wrong) => {
    expect(() => createFakeTokenManager(wrong as FakeTokenManagerOptions)).toThrow(
      `createFakeTokenManager: "${option}" `,
    )
  })
})
