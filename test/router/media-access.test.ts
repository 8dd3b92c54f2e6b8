import express, { type RequestHandler } from 'express'
import { createTokenManager, requireWechatLogin } from 'express-wechat'
import request from 'supertest'
import { describe, expect, it } from 'vitest'
import { isKnownCaller } from '../../src/http/known-caller.ts'
import { mediaAccessGuard } from '../../src/router/media-access.ts'

const APP_ID = 'wx0123456789abcdef'
const KEY = 'k'.repeat(32)
const tokenManager = createTokenManager({ appId: APP_ID, appSecret: 'not-a-secret' })
const serviceKeys = { backend: KEY }
const common = { tokenManager, serviceKeys, sessionKey: 'wechat', onError: undefined }
const login = {
  appId: APP_ID,
  openid: 'openid-1',
  scope: 'snsapi_base',
  askedScope: 'snsapi_base',
  isSnapshotUser: false,
  loggedInAt: 0,
}

/** Says whether a request behind the guard counts as one of a known caller. */
async function ask(guard: RequestHandler, { session, key }: { session?: object; key?: string } = {}) {
  const app = express()
  app.use((req, _res, next) => {
    if (session) Object.assign(req, { session })
    next()
  }, guard)
  app.get('/', (req, res) => {
    res.json(isKnownCaller(req))
  })
  const { status, body } = await request(app)
    .get('/')
    .set(key ? { authorization: `Bearer ${key}` } : {})
  return status === 200 ? body : status
}

describe('a guard notes known callers', () => {
  const open = mediaAccessGuard({ ...common, access: 'open' })

  it('if media are open: those with a login or a service key', async () => {
    expect(await ask(open)).toBe(false)
    expect(await ask(open, { session: {} })).toBe(false)
    expect(await ask(open, { session: { wechat: { ...login, appId: 'wx-another' } } })).toBe(false)
    expect(await ask(open, { key: 'x'.repeat(32) })).toBe(false)
    expect(await ask(open, { session: { wechat: login } })).toBe(true)
    expect(await ask(open, { key: KEY })).toBe(true)
  })

  it('if media need a login or a key: all who pass', async () => {
    const withLogin = mediaAccessGuard({ ...common, access: 'login' })
    const withKey = mediaAccessGuard({ ...common, access: 'key' })

    expect(await ask(withLogin, { session: {} })).toBe(401)
    expect(await ask(withLogin, { session: { wechat: login } })).toBe(true)
    expect(await ask(withKey)).toBe(401)
    expect(await ask(withKey, { key: KEY })).toBe(true)
  })

  it('before a single handler: those whom requireWechatLogin() lets pass', async () => {
    const guard = requireWechatLogin({ tokenManager })

    expect(await ask(guard, { session: {} })).toBe(401)
    expect(await ask(guard, { session: { wechat: login } })).toBe(true)
  })
})
