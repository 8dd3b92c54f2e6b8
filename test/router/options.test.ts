import type { AddressInfo } from 'node:net'
import express, { type RequestHandler } from 'express'
import {
  createTokenManager,
  domainVerificationHandler,
  followerHandler,
  jssdkConfigHandler,
  mediaProxyHandler,
  requireServiceKey,
  requireWechatLogin,
  WechatConfigError,
  wechatAuthRouter,
  wechatRouter,
} from 'express-wechat'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { createBrowser } from '../support/browser.ts'
import { listen } from '../support/listen.ts'

const account = { appId: 'wx0123456789abcdef', appSecret: 'not-a-secret' }
const tokenManager = createTokenManager(account)
afterEach(() => void vi.unstubAllEnvs())

/** What plain JavaScript can pass; the types refuse it. */
function call(factory: unknown, options: unknown): () => unknown {
  return () => (factory as (options: unknown) => unknown)(options)
}

describe('a mistake in options is thrown by the factory, with its name and the option', () => {
  it.each([
    [createTokenManager, { ...account, appId: 'h5' }, 'createTokenManager: "appId" must be an AppID'],
    [createTokenManager, { ...account, appSecret: 'a b' }, 'createTokenManager: "appSecret" must be'],
    [createTokenManager, { ...account, appID: 'x' }, 'createTokenManager: "appID" is not an option'],
    [createTokenManager, { ...account, timeoutMs: 5 }, 'createTokenManager: "timeoutMs" must be at least'],
    [createTokenManager, { ...account, timeoutMs: '5' }, 'createTokenManager: "timeoutMs" must be a number'],
    [
      createTokenManager,
      { ...account, tokenMode: 'new' },
      'createTokenManager: "tokenMode" must be "stable"',
    ],
    [createTokenManager, { ...account, store: {} }, 'createTokenManager: "store" must be a token store'],
    [
      createTokenManager,
      { ...account, apiBaseUrl: 'http://api.test' },
      '"apiBaseUrl" must be https, since it carries secrets',
    ],
    [createTokenManager, { ...account, openBaseUrl: 'open' }, '"openBaseUrl" must be a URL such as'],
    [
      createTokenManager,
      { ...account, appId: 'wxsim1', apiBaseUrl: 'https://x.test' },
      '"apiBaseUrl" must be the simulator',
    ],
    [
      wechatAuthRouter,
      { tokenManager: {} },
      'wechatAuthRouter: "tokenManager" must be what createTokenManager',
    ],
    [wechatAuthRouter, { tokenManager, scope: 'all' }, 'wechatAuthRouter: "scope" must be "snsapi_base" or'],
    [
      wechatAuthRouter,
      { tokenManager, publicUrl: 'm.example.com' },
      'wechatAuthRouter: "publicUrl" must be an',
    ],
    [
      wechatAuthRouter,
      { tokenManager, publicUrl: 'https://m.example.com/?a' },
      'wechatAuthRouter: "publicUrl" must be an',
    ],
    [
      wechatAuthRouter,
      { tokenManager, sessionKey: 'cookie' },
      'wechatAuthRouter: "sessionKey" must be a name',
    ],
    [
      wechatAuthRouter,
      { tokenManager, keepSessionKeys: ['cookie'] },
      'wechatAuthRouter: "keepSessionKeys.0" must name values',
    ],
    [
      wechatAuthRouter,
      { tokenManager, keepSessionKeys: 'cart' },
      '"keepSessionKeys" must be a list of names',
    ],
    [wechatAuthRouter, { tokenManager, defaultReturnUrl: 'home' }, '"defaultReturnUrl" must be a path'],
    [
      wechatAuthRouter,
      { tokenManager, defaultReturnUrl: '//evil.test' },
      '"defaultReturnUrl" must be a path',
    ],
    [wechatAuthRouter, { tokenManager, defaultReturnUrl: 'https://%' }, '"defaultReturnUrl" must be a path'],
    [wechatAuthRouter, { tokenManager, onError: 'log' }, 'wechatAuthRouter: "onError" must be a function'],
    [wechatAuthRouter, { tokenManager, allowedOrigin: [] }, '"allowedOrigin" is not an option'],
    [
      jssdkConfigHandler,
      { tokenManager, allowedOrigins: ['m.example.com'] },
      'jssdkConfigHandler: "allowedOrigins" must be origins such as "https://m.example.com", got "m.example.com"',
    ],
    [jssdkConfigHandler, { tokenManager, allowedOrigins: ['https://*.x.test'] }, '"allowedOrigins" must be'],
    [jssdkConfigHandler, { tokenManager, allowedOrigins: ['https://x.test/a'] }, '"allowedOrigins" must be'],
    [jssdkConfigHandler, { tokenManager, allowedOrigins: '*' }, '"allowedOrigins" must be a list of origins'],
    [mediaProxyHandler, { tokenManager, maxBytes: 0 }, 'mediaProxyHandler: "maxBytes" must be'],
    [followerHandler, { tokenManager, scope: 'x' }, 'followerHandler: "scope" is not an option'],
    [requireWechatLogin, { loginPath: 'login' }, 'requireWechatLogin: "loginPath" must be a path such as'],
    [requireWechatLogin, { loginPath: '//evil.test' }, 'requireWechatLogin: "loginPath" must be a path'],
    [requireWechatLogin, { scope: 'x' }, 'requireWechatLogin: "scope" must be "snsapi_base"'],
    [
      requireWechatLogin,
      { outsideWechat: 'page' },
      'requireWechatLogin: "outsideWechat" must be "scan", "redirect" or a handler',
    ],
    [requireWechatLogin, tokenManager, 'requireWechatLogin: "appId" is not an option'],
    [domainVerificationHandler, { fileName: '../x' }, 'domainVerificationHandler: "fileName" must be a name'],
    [wechatRouter, { tokenManager, scop: 'x' }, 'wechatRouter: "scop" is not an option'],
    [wechatRouter, { tokenManager, scope: 'x' }, 'wechatRouter: "scope" must be "snsapi_base"'],
    [wechatRouter, { tokenManager, publicUrl: 'x' }, 'wechatRouter: "publicUrl" must be an address'],
    [wechatRouter, { tokenManager, media: { maxBytes: -1 } }, 'wechatRouter: "media.maxBytes" must be'],
    [wechatRouter, { tokenManager, media: { maxByte: 1 } }, 'wechatRouter: "media.maxByte" is not an option'],
    [wechatRouter, { tokenManager, media: 5 }, 'wechatRouter: "media" must be options of mediaProxyHandler'],
    [
      wechatAuthRouter,
      5,
      'wechatAuthRouter: the options must be one object, wechatAuthRouter({ … }), got a number',
    ],
    [
      wechatAuthRouter,
      [],
      'wechatAuthRouter: the options must be one object, wechatAuthRouter({ … }), got an array',
    ],
    [
      wechatAuthRouter,
      { tokenManager, allowSnapshotUser: 'yes' },
      '"allowSnapshotUser" must be true or false',
    ],
    [
      domainVerificationHandler,
      'MP_verify_Ab12Cd34Ef56Gh78.txt',
      'domainVerificationHandler: the options must be one object, domainVerificationHandler({ … }), got a string',
    ],
    [requireWechatLogin, { gateway: 5 }, 'requireWechatLogin: "gateway" must be an address such as'],
    [requireServiceKey, { serviceKeys: {} }, 'requireServiceKey: "serviceKeys" must hold at least one key'],
    [requireServiceKey, { keys: {} }, 'requireServiceKey: "serviceKeys" must be keys by their names'],
  ])('%o, %j: %s', (factory, options, message) => {
    expect(call(factory, options)).toThrow(WechatConfigError)
    expect(call(factory, options)).toThrow(message)
  })

  it.each([' wx0123456789abcdef', 'wx0123456789abcdef\n', '"wx0123456789abcdef"'])(
    'an app id or secret with blanks or quotes around it is named, not repeated: %j',
    text => {
      expect(call(createTokenManager, { ...account, appId: text })).toThrow(
        '"appId" must be the AppID without blanks or quotes around it (docs',
      )
      expect(call(createTokenManager, { ...account, appSecret: text })).toThrow(
        '"appSecret" must be the AppSecret without blanks or quotes around it (docs',
      )
    },
  )

  it('the message never holds a secret', () => {
    const wrong = call(createTokenManager, { ...account, appSecret: 'hush hush' })
    expect(wrong).toThrow(/^(?!.*hush).*$/)
  })
})

describe('a factory that is passed uncalled', () => {
  it.each([
    wechatAuthRouter,
    wechatRouter,
    jssdkConfigHandler,
    mediaProxyHandler,
    followerHandler,
    domainVerificationHandler,
  ])('%o gives a clear error instead of a request that hangs', async factory => {
    let seen: unknown
    const app = express()
    app.use('/x', factory as unknown as RequestHandler)
    app.use((error: unknown, _req: express.Request, res: express.Response, _next: () => void) => {
      seen = error
      res.status(500).end()
    })
    const server = await listen(app)
    const answer = await createBrowser().open(`${server.origin}/x`)
    await server.close()
    expect(answer.status).toBe(500)
    expect(seen).toMatchObject({ code: 'factory_uncalled' })
    expect(String(seen)).toContain(`${factory.name} was passed uncalled: write ${factory.name}()`)
  })
})

describe('the environment', () => {
  beforeEach(() => {
    for (const name of Object.keys(process.env)) if (name.startsWith('WECHAT_')) vi.stubEnv(name, undefined)
  })

  it.each([
    ['WECHAT_APP_ID', {}],
    ['WECHAT_APP_ID', { WECHAT_APP_ID: '' }],
    ['WECHAT_APP_SECRET', { WECHAT_APP_ID: account.appId }],
  ])('names %s if it is missing: %o', (name, env) => {
    for (const [key, value] of Object.entries(env)) vi.stubEnv(key, value)
    expect(() => wechatAuthRouter()).toThrow(name)
    expect(() => createTokenManager()).toThrow(name)
  })

  it.each([
    ['WECHAT_ALLOWED_ORIGINS', 'https://a.test, b.test', /"WECHAT_ALLOWED_ORIGINS" must be origins/],
    [
      'WECHAT_ALLOWED_ORIGINS',
      'https://a.test https://b.test',
      /"https:\/\/m\.\S+", separated by commas, got/,
    ],
    ['WECHAT_PUBLIC_URL', 'm.example.com', /"WECHAT_PUBLIC_URL" must be an address/],
    ['WECHAT_SCOPE', 'everything', /"WECHAT_SCOPE" must be "snsapi_base"/],
  ])('refuses %s=%s by name', (name, value, message) => {
    vi.stubEnv(name, value)
    expect(() => wechatAuthRouter({ tokenManager })).toThrow(message)
    expect(() => wechatRouter({ tokenManager })).toThrow(/^wechatRouter: /)
  })

  it('repeats no password of an address', () => {
    const publicUrl = 'https://operator:hunter2hunter2@m.example.com/wechat'
    expect(() => wechatAuthRouter({ tokenManager, publicUrl })).toThrow('"publicUrl" must be an address')
    expect(() => wechatAuthRouter({ tokenManager, publicUrl })).not.toThrow('hunter2')
  })

  it.each([
    ['WECHAT_TIMEOUT_MS', 'soon', 'WECHAT_TIMEOUT_MS must be a whole number'],
    ['WECHAT_TIMEOUT_MS', '5', 'timeoutMs'],
    ['WECHAT_TOKEN_MODE', 'new', 'WECHAT_TOKEN_MODE'],
    ['WECHAT_API_BASE_URL', 'http://api.test', 'apiBaseUrl'],
  ])('refuses %s=%s', (name, value, message) => {
    vi.stubEnv(name, value)
    expect(() => createTokenManager(account)).toThrow(message)
  })

  it('ignores variables that are set to an empty text', async () => {
    for (const name of [
      'API_BASE_URL',
      'OPEN_BASE_URL',
      'TIMEOUT_MS',
      'TOKEN_MODE',
      'SCOPE',
      'PUBLIC_URL',
      'ALLOWED_ORIGINS',
    ]) {
      vi.stubEnv(`WECHAT_${name}`, '')
    }
    expect(() => wechatAuthRouter({ tokenManager: createTokenManager(account) })).not.toThrow()
  })

  it('sets scope, public URL and allowed origins, and options override it', async () => {
    vi.stubEnv('WECHAT_SCOPE', 'snsapi_userinfo')
    vi.stubEnv('WECHAT_PUBLIC_URL', 'https://m.example.com/wechat')
    vi.stubEnv('WECHAT_ALLOWED_ORIGINS', 'https://a.example.com, https://b.example.com')
    const authorize = async (router: express.Router, state = '/') => {
      const app = express()
      app.use((req, _res, next) => {
        Object.assign(req, { session: { cookie: {}, regenerate() {} } })
        next()
      })
      app.use('/inside', router)
      const server = await listen(app)
      const url = `${server.origin}/inside/auth?state=${encodeURIComponent(state)}`
      const { location } = await createBrowser().open(url)
      await server.close()
      return location
    }
    const byEnvironment = await authorize(wechatAuthRouter({ tokenManager }), 'https://b.example.com/')
    expect(byEnvironment).toContain('https://open.weixin.qq.com/connect/oauth2/authorize?appid=wx0123')
    expect(byEnvironment).toContain('scope=snsapi_userinfo')
    expect(byEnvironment).toContain(encodeURIComponent('https://m.example.com/wechat/auth/code'))
    const byOptions = await authorize(
      wechatAuthRouter({ tokenManager, scope: 'snsapi_base', publicUrl: 'https://o.example.com/w' }),
    )
    expect(byOptions).toContain('scope=snsapi_base')
    expect(byOptions).toContain(encodeURIComponent('https://o.example.com/w/auth/code'))
    const unlisted = wechatAuthRouter({ tokenManager, allowedOrigins: [] })
    expect(await authorize(unlisted, 'https://b.example.com/')).toBe('')
  })

  it('refuses a simulated account in production, and warns once of a missing publicUrl', async () => {
    vi.stubEnv('NODE_ENV', 'production')
    expect(() => createTokenManager({ appId: 'wxsim1', appSecret: 'sim_secret' })).toThrow('simulated')

    const warnings: string[] = []
    const collect = (warning: Error & { code?: string }) => void warnings.push(warning.code ?? '')
    process.on('warning', collect)
    const app = express()
    app.use(jssdkConfigHandler({ tokenManager }))
    const server = app.listen(0, '127.0.0.1')
    await new Promise(resolve => server.once('listening', resolve))
    const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    const body = JSON.stringify({ url: 'https://evil.test/' })
    for (let times = 0; times < 3; times++) await createBrowser().open(origin, { method: 'POST', body })
    server.close()
    process.off('warning', collect)
    expect(warnings.filter(code => code === 'no_public_url')).toHaveLength(1)
  })
})

it('answers 500 if the default page leads into the login itself', async () => {
  const app = express()
  app.use((req, _res, next) => {
    Object.assign(req, { session: { cookie: {}, regenerate() {} } })
    next()
  })
  app.use('/wechat', wechatAuthRouter({ tokenManager, defaultReturnUrl: '/wechat/auth' }))
  const server = await listen(app)
  expect((await createBrowser().open(`${server.origin}/wechat/auth`)).status).toBe(500)
  await server.close()
})
