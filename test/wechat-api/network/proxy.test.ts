import { inspect } from 'node:util'
import express from 'express'
import session from 'express-session'
import { createTokenManager, requireWechatLogin, type TokenManagerOptions, WechatError } from 'express-wechat'
import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest'
import { getContext } from '../../../src/tokens/context.ts'
import { exchangeCode } from '../../../src/wechat-api/oauth.ts'
import { listen } from '../../support/listen.ts'
import { type ConnectProxyOptions, startConnectProxy, startSocksProxy } from '../../support/proxies.ts'
import {
  ANY_API,
  json,
  reset,
  type ScriptedWechat,
  startScriptedWechat,
} from '../../support/scripted-wechat.ts'
import { startTlsFront, type TlsFront } from '../../support/tls-front.ts'
import { nextWarning } from '../../support/warning.ts'

const API = 'api.weixin.qq.com:443'
const API_2 = 'api2.weixin.qq.com:443'
const EXCHANGE = '/sns/oauth2/access_token'
const PASSWORD = 'proxy-p%40ss-canary'

/** WeChat under its own names, which only a proxy resolves. */
let wechat: ScriptedWechat
let front: TlsFront

beforeEach(async () => {
  for (const name of ['HTTPS_PROXY', 'https_proxy', 'HTTP_PROXY', 'http_proxy', 'NO_PROXY', 'no_proxy']) {
    vi.stubEnv(name, undefined)
  }
  vi.stubEnv('WECHAT_PROXY_URL', undefined)
  wechat = await startScriptedWechat()
  front = await startTlsFront(Number(new URL(wechat.baseUrl).port))
})

afterEach(async () => {
  vi.unstubAllEnvs()
  await front.close()
  await wechat.close()
})

async function connectProxy(options: ConnectProxyOptions = {}) {
  const proxy = await startConnectProxy({ [API]: front.port }, options)
  onTestFinished(proxy.close)
  return proxy
}

function newManager(options: TokenManagerOptions = {}) {
  const manager = createTokenManager({
    appId: 'wx0123456789abcdef',
    appSecret: 'a-secret-of-tests',
    timeoutMs: 5_000,
    ...options,
  })
  onTestFinished(() => manager.close())
  return manager
}

async function failureOf(promise: Promise<unknown>): Promise<WechatError> {
  const error = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  )
  if (error instanceof WechatError) return error
  throw new Error('no failure of this package', { cause: error })
}

describe('calls of WeChat', () => {
  it('go through a CONNECT proxy that asks for a password', async () => {
    const proxy = await connectProxy({ password: PASSWORD })
    const manager = newManager({ proxyUrl: proxy.url })
    await expect(manager.request(ANY_API)).resolves.toMatchObject({ path: ANY_API })
    await manager.request(ANY_API)
    // The connection is kept, as without a proxy.
    expect(proxy.targets).toEqual([API])
    expect(front.names).toEqual(['api.weixin.qq.com'])
  })

  it.each([undefined, 'socks-canary'])(
    'go through a SOCKS 5 proxy, which resolves the name (%s)',
    async password => {
      const proxy = await startSocksProxy({ [API]: front.port }, password)
      onTestFinished(proxy.close)
      const manager = newManager({ proxyUrl: proxy.url })
      await expect(manager.request(ANY_API)).resolves.toMatchObject({ path: ANY_API })
      await manager.request(ANY_API)
      expect(proxy.targets).toEqual([API])
    },
  )

  it('carry a code exchange through the proxy once', async () => {
    const proxy = await connectProxy()
    const { client } = getContext(newManager({ proxyUrl: proxy.url }))
    wechat.once(EXCHANGE, reset)
    const failure = await failureOf(exchangeCode(client, 'a-code'))
    expect(failure.code).toBe('wechat_unreachable')
    expect(wechat.count(EXCHANGE)).toBe(1)
  })

  it.each([['WECHAT_PROXY_URL'], ['HTTPS_PROXY'], ['https_proxy']])(
    'go through the proxy of %s',
    async variable => {
      const proxy = await connectProxy()
      vi.stubEnv(variable, proxy.url)
      await newManager().getAccessToken()
      expect(proxy.targets).toEqual([API])
    },
  )

  it('go through WECHAT_PROXY_URL and the option before HTTPS_PROXY and NO_PROXY', async () => {
    const [named, general] = [await connectProxy(), await connectProxy()]
    vi.stubEnv('HTTPS_PROXY', general.url)
    vi.stubEnv('NO_PROXY', '*')
    await newManager({ proxyUrl: named.url }).getAccessToken()
    vi.stubEnv('WECHAT_PROXY_URL', named.url)
    await newManager().getAccessToken()
    expect(named.targets).toEqual([API, API])
    expect(general.targets).toEqual([])
  })

  it('over plain http go through a proxy that is reached by TLS', async () => {
    const proxy = await startConnectProxy(
      { 'egress.example:80': Number(new URL(wechat.baseUrl).port) },
      { password: PASSWORD },
    )
    const proxyFront = await startTlsFront(proxy.port)
    onTestFinished(async () => {
      for (const server of [proxyFront, proxy]) await server.close()
    })
    const manager = newManager({
      apiBaseUrl: 'http://egress.example',
      allowInsecureApiBaseUrl: true,
      proxyUrl: `https://agent:${PASSWORD}@localhost:${proxyFront.port}`,
    })
    await expect(manager.request(ANY_API)).resolves.toMatchObject({ path: ANY_API })
    expect(proxy.targets).toContain('egress.example:80')
    expect(proxyFront.names).toContain('localhost')
  })

  it('to loopback never use a proxy, whatever option and variables say', async () => {
    const proxy = await connectProxy()
    for (const name of ['HTTPS_PROXY', 'HTTP_PROXY', 'WECHAT_PROXY_URL']) vi.stubEnv(name, proxy.url)
    for (const proxyUrl of [undefined, proxy.url]) {
      const manager = newManager({ apiBaseUrl: wechat.baseUrl, proxyUrl })
      await expect(manager.request(ANY_API)).resolves.toMatchObject({ path: ANY_API })
    }
    expect(proxy.targets).toEqual([])
  })

  it('go out directly, with a warning, if a variable names an unusable proxy', async () => {
    vi.stubEnv('HTTPS_PROXY', `ftp://user:${PASSWORD}@proxy.example`)
    const warning = nextWarning('HTTPS_PROXY')
    const { network } = getContext(newManager()).client
    expect(network.usesProxy(new URL('https://api.weixin.qq.com'))).toBe(false)
    const message = await warning
    expect(message).toContain('HTTPS_PROXY must be a proxy')
    expect(message).not.toContain('canary')
  })
})

describe('a proxy that does not let calls through', () => {
  it.each<[string, ConnectProxyOptions, string, string]>([
    ['asks for a password', { password: 'another' }, '', 'PROXY_STATUS_407'],
    ['refuses', { status: 403 }, PASSWORD, 'PROXY_STATUS_403'],
    ['is silent', { isSilent: true }, PASSWORD, 'PROXY_TIMEOUT'],
    ['is silent behind the tunnel', { answer: 'HTTP/1.1 200 OK\r\n\r\n' }, PASSWORD, 'PROXY_TIMEOUT'],
    ['answers with another protocol', { answer: 'SSH-2.0-x\r\n\r\n' }, PASSWORD, 'PROXY_STATUS_UNKNOWN'],
  ])('that %s is named by the error, which shows no secret', async (_what, options, password, code) => {
    const proxy = await connectProxy(options)
    const url = password
      ? proxy.url.replace('://', `://agent:${password}@`)
      : `http://agent:x@127.0.0.1:${proxy.port}`
    const manager = newManager({ proxyUrl: url, timeoutMs: 1_000 })
    const events: unknown[] = []
    manager.on('refresh-failed', event => events.push(event))
    const failure = await failureOf(manager.getAccessToken())
    expect(failure.message).toMatch(new RegExp(`cannot reach api2?\\.weixin\\.qq\\.com: ${code}`))
    expect(failure.code).toBe('wechat_unreachable')
    expect(events).not.toHaveLength(0)
    for (const value of [failure, events, manager, getContext(manager)]) {
      const text = inspect(value, { depth: null, showHidden: true }) + JSON.stringify(failure)
      expect(text).not.toContain('canary')
    }
    expect(wechat.calls).toEqual([])
  })

  it('that is away fails the call without sending the secret anywhere', async () => {
    const proxy = await connectProxy()
    await proxy.close()
    const failure = await failureOf(newManager({ proxyUrl: proxy.url }).getAccessToken())
    expect(failure.message).toContain('PROXY_ECONNREFUSED')
  })

  it('is tried again for a code exchange too, since nothing was sent', async () => {
    const proxy = await connectProxy({ status: 503 })
    const { client } = getContext(newManager({ proxyUrl: proxy.url }))
    await failureOf(exchangeCode(client, 'a-code'))
    expect(proxy.targets.length).toBeGreaterThan(1)
    expect(new Set(proxy.targets)).toEqual(new Set([API, API_2]))
  })
})

describe('the option proxyUrl', () => {
  it.each([
    'proxy.example',
    'ftp://proxy.example:21',
    `http://user:${PASSWORD}@proxy.example/path`,
    `http://user:%E0%A4%A@${PASSWORD}`,
  ])('refuses %s in the factory, without showing it', proxyUrl => {
    const making = () => newManager({ proxyUrl })
    expect(making).toThrow('createTokenManager: "proxyUrl" must be a proxy such as')
    expect(making).not.toThrow('canary')
    vi.stubEnv('WECHAT_PROXY_URL', proxyUrl)
    expect(() => newManager()).toThrow('createTokenManager: WECHAT_PROXY_URL must be a proxy such as')
  })

  it('of a gateway is named as such', () => {
    const gateway = { url: 'https://gateway.example/wechat', proxyUrl: 'ftp://proxy.example' }
    expect(() => requireWechatLogin({ gateway })).toThrow('requireWechatLogin: "gateway.proxyUrl" must be')
  })
})

describe('questions to a gateway', () => {
  it.each(['HTTPS_PROXY', 'WECHAT_PROXY_URL', 'proxyUrl'])('go through the proxy of %s', async name => {
    const gateway = express().get('/wechat/auth/user/openid', (req, res) => {
      res.json({ openid: req.headers.cookie === 'wechat.sid=visitor' ? 'oid-visitor' : 'nobody' })
    })
    const listening = await listen(gateway)
    const gatewayFront = await startTlsFront(Number(new URL(listening.origin).port))
    const proxy = await startConnectProxy({ 'gateway.example:443': gatewayFront.port })
    if (name !== 'proxyUrl') vi.stubEnv(name, proxy.url)
    const satellite = express().use(
      session({ name: 'satellite.sid', secret: 'satellite', resave: false, saveUninitialized: false }),
      requireWechatLogin({
        gateway: {
          url: 'https://gateway.example/wechat',
          ...(name === 'proxyUrl' && { proxyUrl: proxy.url }),
        },
      }),
      (req, res) => void res.json(req.wechat.openid),
    )
    const site = await listen(satellite)
    onTestFinished(async () => {
      for (const server of [site, proxy, gatewayFront, listening]) await server.close()
    })
    const answer = await fetch(site.origin, { headers: { cookie: 'wechat.sid=visitor' } })
    expect(await answer.json()).toBe('oid-visitor')
    expect(proxy.targets).toEqual(['gateway.example:443'])
  })
})

describe('a gateway as token source', () => {
  const serviceKey = 'canary-key-0123456789abcdefghijkl'

  /** A gateway under a name that only proxies resolve. */
  async function startGateway() {
    const asked: string[] = []
    const gateway = express()
      .use(express.json(), (req, _res, next) => {
        asked.push(
          `${req.method} ${req.url} ${req.headers.authorization} ${JSON.stringify(req.body ?? null)}`,
        )
        next()
      })
      .all(['/wechat/token', '/wechat/token/invalidate'], (req, res) => {
        const value = `token-${asked.length}`
        const name = req.query.type === 'jsapi_ticket' ? 'jsapi_ticket' : 'access_token'
        res.json({ [name]: value, expires_in: 7000 })
      })
    const listening = await listen(gateway)
    const gatewayFront = await startTlsFront(Number(new URL(listening.origin).port))
    onTestFinished(async () => {
      for (const server of [gatewayFront, listening]) await server.close()
    })
    return { port: gatewayFront.port, asked }
  }

  const tokenSource = { url: 'https://gateway.example/wechat', serviceKey }

  it.each(['HTTPS_PROXY', 'WECHAT_PROXY_URL', 'proxyUrl'])(
    'gives token and ticket, and is told of a dead token, through the proxy of %s',
    async name => {
      const gateway = await startGateway()
      const proxy = await startConnectProxy({ 'gateway.example:443': gateway.port }, { password: PASSWORD })
      onTestFinished(proxy.close)
      if (name !== 'proxyUrl') vi.stubEnv(name, proxy.url)
      const manager = newManager({ tokenSource, ...(name === 'proxyUrl' && { proxyUrl: proxy.url }) })

      expect([await manager.getAccessToken(), await manager.getJsapiTicket()]).toEqual(['token-1', 'token-2'])
      await manager.invalidate('token-1')
      expect(await manager.getAccessToken()).toBe('token-4')
      expect(gateway.asked).toEqual([
        `GET /wechat/token Bearer ${serviceKey} null`,
        `GET /wechat/token?type=jsapi_ticket Bearer ${serviceKey} null`,
        `POST /wechat/token/invalidate Bearer ${serviceKey} {"token":"token-1"}`,
        `GET /wechat/token Bearer ${serviceKey} null`,
      ])
      expect(proxy.targets).toEqual(Array.from({ length: 4 }, () => 'gateway.example:443'))
    },
  )

  it('behind a proxy that refuses is an error that shows no secret', async () => {
    const proxy = await startConnectProxy({}, { status: 403 })
    onTestFinished(proxy.close)
    const proxyUrl = proxy.url.replace('://', `://agent:${PASSWORD}@`)
    const failure = await failureOf(newManager({ tokenSource, proxyUrl }).getAccessToken())
    expect(failure.message).toContain('Cannot reach the token source gateway.example: PROXY_STATUS_403')
    expect(inspect(failure, { depth: null, showHidden: true })).not.toContain('canary')
  })
})

describe('media', () => {
  it('and the video that WeChat names come through the proxy', async () => {
    const { openMedia } = await import('../../../src/wechat-api/media/media.ts')
    const proxy = await startConnectProxy({ [API]: front.port, 'vweixinf.tc.qq.com:443': front.port })
    onTestFinished(proxy.close)
    const { client } = getContext(newManager({ proxyUrl: proxy.url }))
    wechat.always('/cgi-bin/media/get', json({ video_url: 'https://vweixinf.tc.qq.com/video.mp4' }))
    wechat.always('/video.mp4', res => {
      res.writeHead(200, { 'content-type': 'video/mp4' }).end('\0\0\0\x20ftypisom')
    })
    const options = {
      isHighQuality: false,
      maxBytes: 1_000,
      idleTimeoutMs: 1_000,
      maxDurationMs: 1_000,
      videoHosts: ['qq.com'],
    }
    const media = await openMedia(client, 'a-token', 'a-medium', options)
    expect(media.contentType).toBe('video/mp4')
    expect(proxy.targets).toEqual([API, 'vweixinf.tc.qq.com:443'])
    // The video's address is open to everybody who has it: the token is not for it.
    expect(wechat.calls.map(call => [call.path, call.query.access_token])).toEqual([
      ['/cgi-bin/media/get', 'a-token'],
      ['/video.mp4', undefined],
    ])
  })
})
