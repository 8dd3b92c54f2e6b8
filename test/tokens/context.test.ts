import { inspect } from 'node:util'
import express, { type RequestHandler } from 'express'
import {
  accessTokenRouter,
  createTokenManager,
  downloadMedia,
  jssdkConfigHandler,
  mediaProxyHandler,
  type TokenManager,
  WechatApiError,
} from 'express-wechat'
import { createFakeTokenManager } from 'express-wechat/testing'
import supertest from 'supertest'
import { describe, expect, it, vi } from 'vitest'
import { isTokenManager, withAccessToken } from '../../src/tokens/context.ts'

const PNG = Buffer.concat([Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'), Buffer.alloc(64, 7)])
const media = { 'media-1': { contentType: 'image/png', body: PNG } }
const MEDIA = '/cgi-bin/media/get'
const KEY = 'a-service-key-of-32-characters-xx'

const serve = (handler: RequestHandler) => supertest(express().use('/x', handler))
const tokensSent = (manager: ReturnType<typeof createFakeTokenManager>, endpoint: string) =>
  manager.calls.filter(call => call.endpoint === endpoint).map(({ query }) => query.access_token)

describe('the context of a token manager', () => {
  it('has no readable fields, and shows nothing of the account', () => {
    const { context } = createTokenManager({ appId: 'wx0123456789abcdef', appSecret: 'canary-secret' })
    expect(Reflect.ownKeys(context)).toEqual([])
    expect(inspect(context, { showHidden: true, depth: null })).not.toContain('canary')
    expect(Object.isFrozen(context)).toBe(true)
  })

  it.each<[string, (manager: TokenManager) => unknown]>([
    ['a copy', manager => ({ ...manager })],
    ['an object that inherits from it', manager => Object.create(manager)],
    ['a proxy', manager => new Proxy(manager, {})],
  ])('makes %s a token manager', (_, derive) => {
    expect(isTokenManager(derive(createFakeTokenManager()))).toBe(true)
  })

  it.each([
    ['nothing', undefined],
    ['null', null],
    ['an object without one', { getAccessToken: async () => 'token' }],
    ['a context that was made up', { ...createFakeTokenManager(), context: {} }],
    ['the context alone', createFakeTokenManager().context],
  ])('is missing in %s', (_, value) => {
    expect(isTokenManager(value)).toBe(false)
  })
})

describe('a call with an access token that WeChat refuses', () => {
  const refusal = new WechatApiError('/cgi-bin/tags/get', 40001, 'invalid credential')

  it('is repeated with the token that replaces it', async () => {
    const tokens = ['dead', 'fresh']
    const manager = { getAccessToken: async () => tokens.shift() ?? '', invalidate: async () => {} }
    const call = vi.fn(async (token: string) => {
      if (token === 'dead') throw refusal
      return token
    })
    expect(await withAccessToken(manager, call)).toBe('fresh')
    expect(call).toHaveBeenCalledTimes(2)
  })

  it('is not repeated with the same token', async () => {
    const manager = { getAccessToken: async () => 'dead', invalidate: vi.fn(async () => {}) }
    const call = vi.fn(() => Promise.reject(refusal))
    const requests = Array.from({ length: 50 }, () => withAccessToken(manager, call))
    for (const result of await Promise.allSettled(requests)) {
      expect(result).toEqual({ status: 'rejected', reason: refusal })
    }
    expect(call).toHaveBeenCalledTimes(50)
    expect(manager.invalidate).toHaveBeenCalledTimes(50)
  })
})

describe('a copy with replaced methods', () => {
  it('gives its own token to the media handler and to downloadMedia', async () => {
    const manager = createFakeTokenManager({ media })
    const tokenManager = { ...manager, getAccessToken: async () => 'own-token' }
    await serve(mediaProxyHandler({ tokenManager })).get('/x?media_id=media-1').expect(200)
    const { stream } = await downloadMedia(tokenManager, 'media-1')
    await stream.toArray()
    expect(tokensSent(manager, MEDIA)).toEqual(['own-token', 'own-token'])
  })

  it('is told of a dead token, and asked for another one', async () => {
    const answers = {
      [MEDIA]: (call: { query: Readonly<Record<string, string>> }) =>
        call.query.access_token === 'dead' ? { errcode: 42001 } : { errcode: 40007 },
    }
    const manager = createFakeTokenManager({ answers })
    const invalidate = vi.fn(async () => {})
    const getAccessToken = vi.fn(async () => (invalidate.mock.calls.length === 0 ? 'dead' : 'good'))
    const tokenManager = { ...manager, getAccessToken, invalidate }
    await serve(mediaProxyHandler({ tokenManager })).get('/x?media_id=media-1').expect(400)
    expect(invalidate).toHaveBeenCalledExactlyOnceWith('dead')
    expect(tokensSent(manager, MEDIA)).toEqual(['dead', 'good'])
  })

  it('signs with its own ticket', async () => {
    const getJsapiTicket = vi.fn(async () => 'own-ticket')
    const tokenManager = { ...createFakeTokenManager(), getJsapiTicket }
    const handler = jssdkConfigHandler({ tokenManager, publicUrl: 'https://m.example.com' })
    await serve(handler).post('/x').send({ url: 'https://m.example.com/' }).expect(200)
    expect(getJsapiTicket).toHaveBeenCalledTimes(1)
  })

  it('calls any API with its own token', async () => {
    const manager = createFakeTokenManager()
    const tokenManager = { ...manager, getAccessToken: async () => 'own-token' }
    await tokenManager.request('/cgi-bin/tags/get')
    const { request } = manager
    await request('/cgi-bin/tags/get')
    expect(tokensSent(manager, '/cgi-bin/tags/get')).toEqual(['own-token', 'fake-access-token'])
  })

  it('hands its own token to back ends, which may keep it for a second', async () => {
    const tokenManager = { ...createFakeTokenManager(), getAccessToken: async () => 'own-token' }
    const app = serve(accessTokenRouter({ tokenManager, serviceKeys: { billing: KEY } }))
    const { body } = await app.get('/x').set('Authorization', `Bearer ${KEY}`).expect(200)
    expect(body).toEqual({ access_token: 'own-token', expires_in: 1 })
  })
})
