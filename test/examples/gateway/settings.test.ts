import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import { type RunningSimulator, startSimulator } from 'express-wechat/simulator'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { until } from '../../support/until.ts'
import { exchange, newVisitor, type Visitor } from '../../support/visitor.ts'
import { startGatewayApp } from './support/gateway-app.ts'
import { type GatewayProcess, startGatewayProcess } from './support/gateway-process.ts'

const key = 'k3y0f0neback3nd-7d1f0c2e4b3a5968778'

let wechat: RunningSimulator
let started: GatewayProcess[] = []

beforeAll(async () => {
  wechat = await startSimulator({ oauthDomains: ['m.example.com', '127.0.0.1:*'] })
})

afterAll(async () => {
  for (const gateway of started) gateway.kill('SIGTERM')
  await Promise.all(started.map(({ ended }) => ended))
  started = []
  await wechat?.close()
})

async function startGateway(env: Record<string, string>): Promise<GatewayProcess> {
  const gateway = await startGatewayProcess(wechat, env)
  started.push(gateway)
  return gateway
}

/** As a TLS proxy passes it on. */
const behindTls = { 'x-forwarded-proto': 'https', 'x-forwarded-host': 'm.example.com', accept: 'text/html' }

function behindProxy(
  gateway: GatewayProcess,
  visitor: Visitor,
  publicUrl: string,
  headers: Record<string, string> = behindTls,
) {
  const { pathname, search } = new URL(publicUrl)
  return exchange(gateway.origin + pathname + search, { headers }).then(async answer => {
    for (const cookie of answer.headers['set-cookie'] ?? []) await visitor.jar.setCookie(cookie, publicUrl)
    return answer
  })
}

describe('behind a TLS proxy', () => {
  let gateway: GatewayProcess
  const base = 'https://m.example.com/wechat'

  beforeAll(async () => {
    gateway = await startGateway({
      WECHAT_PUBLIC_URL: base,
      TRUST_PROXY: 'loopback',
      SESSION_NAME: 'shared.sid',
      SESSION_COOKIE_DOMAIN: 'example.com',
      WECHAT_ALLOWED_ORIGINS: 'https://h5.example.com',
      WECHAT_DEFAULT_RETURN: 'https://h5.example.com/welcome',
      WECHAT_SCOPE: 'snsapi_userinfo',
    })
  })

  it('logs people in with a Secure cookie of the name and domain that were set', async () => {
    const visitor = newVisitor()
    const begun = await behindProxy(gateway, visitor, `${base}/auth`)
    const authorize = new URL(begun.location ?? '')
    expect(authorize.searchParams.get('redirect_uri')).toBe(`${base}/auth/code`)
    expect(authorize.searchParams.get('scope')).toBe('snsapi_userinfo')

    const callback = wechat.approve(authorize) ?? ''
    const cookie = await visitor.jar.getCookieString(callback)
    const back = await behindProxy(gateway, visitor, callback, { ...behindTls, cookie })
    expect(back.location).toBe('https://h5.example.com/welcome#')
    const session = back.headers['set-cookie']?.find(text => text.startsWith('shared.sid='))
    expect(session).toMatch(/; Domain=example\.com; Path=\/; Expires=[^;]+; HttpOnly; Secure; SameSite=Lax$/)
  })

  it('tells browsers to come by https from then on', async () => {
    const answer = await exchange(`${gateway.url}/auth/user`, { headers: behindTls })
    expect(answer.headers['strict-transport-security']).toBeDefined()
  })

  it('that it was not told to trust: refuses logins with an error for the log, and does not loop', async () => {
    const untrusting = await startGateway({ WECHAT_PUBLIC_URL: base })
    expect(untrusting.stderr).toContain('TRUST_PROXY is not set')
    const answer = await exchange(`${untrusting.url}/auth`, { headers: { 'x-forwarded-proto': 'https' } })
    expect(answer).toMatchObject({ status: 500, json: { status: 500, data: null } })
    await untrusting.wrote('stderr', /insecure_transport/)
  })
})

describe('MEDIA_ACCESS', () => {
  async function mediaWith(env: Record<string, string>) {
    const gateway = await startGatewayApp({ ...wechat.env, ...env })
    onTestFinished(() => gateway.close())
    const mediaId = wechat.uploadMedia({ type: 'image', data: Buffer.from('GIF89a') })
    const url = `${gateway.url}/offiaccount/media?media_id=${mediaId}`
    const visitor = newVisitor()
    const begun = await visitor.open(`${gateway.url}/auth`)
    await visitor.open(wechat.approve(begun.location ?? '') ?? '')
    return {
      anybody: (await exchange(url, { headers: { accept: 'text/html' } })).status,
      loggedIn: (await visitor.fetch(url)).status,
      withKey: (await exchange(url, { headers: { authorization: `Bearer ${key}` } })).status,
    }
  }
  const WECHAT_SERVICE_KEYS = `billing=${key}`

  it.each<[string, object]>([
    ['open', { anybody: 200, loggedIn: 200, withKey: 200 }],
    ['login', { anybody: 401, loggedIn: 200, withKey: 401 }],
    ['key', { anybody: 401, loggedIn: 401, withKey: 200 }],
  ])('%s', async (MEDIA_ACCESS, expected) => {
    expect(await mediaWith({ MEDIA_ACCESS, WECHAT_SERVICE_KEYS })).toEqual(expected)
  })
})

describe('without REDIS_URL', () => {
  it('a stop gives who waits for WeChat an answer too', async () => {
    wechat.faults.always('/cgi-bin/stable_token', 'hang')
    const gateway = await startGateway({ WECHAT_TIMEOUT_MS: '20000' })
    const answer = exchange(`${gateway.url}/offiaccount/jssdk`, {
      method: 'POST',
      body: JSON.stringify({ url: `${gateway.origin}/page` }),
    })
    const asked = wechat.history.count('/cgi-bin/stable_token')
    await until('WeChat is asked', () => wechat.history.count('/cgi-bin/stable_token') > asked)
    gateway.kill('SIGTERM')
    expect(await answer).toMatchObject({ status: 503, json: { status: 503, data: null } })
    expect(await gateway.ended).toEqual({ exitCode: 0, signal: null })
    wechat.faults.clear()
  })
})

describe('a port that is taken', () => {
  it('is told in a line, with exit code 1', async () => {
    const other = createServer().listen(0, '127.0.0.1')
    await once(other, 'listening')
    onTestFinished(() => void other.close())
    const { port } = other.address() as AddressInfo
    await expect(startGatewayProcess(wechat, { PORT: String(port), METRICS_PORT: '0' })).rejects.toThrow(
      /EADDRINUSE/,
    )
  })
})
