import { createHash } from 'node:crypto'
import { type RunningSimulator, startSimulator } from 'express-wechat/simulator'
import request from 'supertest'
import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest'
import { exchange, type Visit } from '../../support/visitor.ts'
import { createGatewayApp, startGatewayApp } from './support/gateway-app.ts'
import { type GatewayProcess, startGatewayProcess } from './support/gateway-process.ts'

const shopKey = 'k3y0fthesh0p-7d1f0c2e4b3a596877812'
const zoneKey = 'k3y0fthez0ne-7d1f0c2e4b3a596877834'
const GET_API = '/cgi-bin/get_api_domain_ip'
const POST_API = '/cgi-bin/openapi/quota/get'
const TOKEN_API = '/cgi-bin/stable_token'
const WECHAT_API_ALLOW = `shop=${GET_API} ${POST_API}`

let wechat: RunningSimulator
/** It has the app secret. */
let gateway: GatewayProcess
/** It has its tokens from the other gateway alone. */
let secretless: GatewayProcess
/** Every token and ticket that there ever was. */
let credentials: Set<string>

beforeAll(async () => {
  wechat = await startSimulator()
  gateway = await startGatewayProcess(wechat, {
    WECHAT_SERVICE_KEYS: `shop=${shopKey},zone=${zoneKey}`,
    WECHAT_API_ALLOW,
    METRICS_PORT: '0',
  })
  secretless = await startGatewayProcess(wechat, {
    WECHAT_APP_SECRET: undefined,
    SESSION_SECRET: undefined,
    WECHAT_TOKEN_SOURCE_URL: gateway.url,
    WECHAT_TOKEN_SOURCE_KEY: zoneKey,
    WECHAT_SERVICE_KEYS: `shop=${shopKey}`,
    WECHAT_API_ALLOW,
    METRICS_PORT: '0',
  })
})

afterAll(async () => {
  for (const each of [gateway, secretless]) each?.kill('SIGTERM')
  await Promise.all([gateway?.ended, secretless?.ended])
  await wechat?.close()
})

beforeEach(() => {
  credentials = new Set([wechat.currentJsapiTicket])
})

const bearer = { authorization: `Bearer ${shopKey}` }
const get = (url: string) => exchange(url, { headers: bearer })

function call(base: string, index = 0): Promise<Visit> {
  if (index % 2 === 0) return get(`${base}/api${GET_API}`)
  return exchange(`${base}/api${POST_API}`, {
    method: 'POST',
    headers: { ...bearer, 'content-type': 'application/json' },
    body: JSON.stringify({ cgi_path: GET_API }),
  })
}

function noteCredentials(): void {
  for (const token of wechat.currentAccessTokens) credentials.add(token)
}

/** What each process wrote, and what its metrics show. */
async function writtenBy(each: GatewayProcess): Promise<string> {
  const [, metrics = ''] = await each.wrote('stderr', /"url":"(http[^"]+\/metrics)"/)
  return each.stdout + each.stderr + (await exchange(metrics, {})).text
}

describe.each([
  ['the gateway', () => gateway],
  ['a gateway without the app secret', () => secretless],
])('%s', (_name, at) => {
  it('serves 40 callers of WeChat with a dead token by one refresh, and shows it nowhere', async () => {
    expect((await call(at().url)).status).toBe(200)
    noteCredentials()
    wechat.revokeAccessToken()
    const before = wechat.history.count(TOKEN_API)

    const answers = await Promise.all(Array.from({ length: 40 }, (_, index) => call(at().url, index)))

    noteCredentials()
    expect(answers.map(({ status }) => status)).toEqual(Array.from({ length: 40 }, () => 200))
    expect(answers.every(({ text }) => /"ip_list"|"daily_limit"/.test(text))).toBe(true)
    expect(wechat.history.count(TOKEN_API)).toBe(before + 1)
    expect(credentials.size).toBeGreaterThan(2)
    const shown = [
      ...answers.map(({ text, headers }) => text + JSON.stringify(headers)),
      await writtenBy(gateway),
      await writtenBy(secretless),
    ].join('\n')
    for (const secret of [...credentials, shopKey, zoneKey, wechat.appSecret])
      expect(shown).not.toContain(secret)
  })

  it('calls only what is allowed, and tells a quota that is used up by 429', async () => {
    expect((await get(`${at().url}/api/cgi-bin/user/info`)).status).toBe(403)
    expect((await exchange(`${at().url}/api${GET_API}`, {})).status).toBe(401)
    wechat.faults.next(GET_API, { errcode: 45009 })
    const refused = await call(at().url)
    expect([refused.status, Object(refused.json).errcode]).toEqual([429, 45009])
  })
})

describe('a gateway without the app secret', () => {
  it('hands on the token and signs with the ticket of the other gateway', async () => {
    const before = wechat.history.count('/cgi-bin/ticket/getticket')
    const token = await get(`${secretless.url}/token`)
    expect(token.json).toMatchObject({ access_token: wechat.currentAccessTokens.at(-1) })

    const url = `${secretless.origin}/page`
    const signed = await exchange(`${secretless.url}/offiaccount/jssdk`, {
      method: 'POST',
      body: JSON.stringify({ url }),
    })
    const { noncestr, timestamp, signature } = Object(signed.json)
    const text = `jsapi_ticket=${wechat.currentJsapiTicket}&noncestr=${noncestr}&timestamp=${timestamp}&url=${url}`
    expect(signature).toBe(createHash('sha1').update(text).digest('hex'))
    expect(wechat.history.count('/cgi-bin/ticket/getticket')).toBe(before + 1)
  })

  it('serves media, and has no login', async () => {
    const mediaId = wechat.uploadMedia({ type: 'image', data: Buffer.from('GIF89a') })
    const media = await exchange(`${secretless.url}/offiaccount/media?media_id=${mediaId}`, {})
    expect([media.status, Object(media.json).content_type]).toEqual([200, 'image/gif'])
    for (const path of ['/auth', '/auth/user/openid', '/offiaccount/user']) {
      expect((await exchange(secretless.url + path, {})).status).toBe(404)
    }
  })

  it('serves media to holders of a key alone if MEDIA_ACCESS is key', async () => {
    const { app } = createGatewayApp({
      WECHAT_APP_ID: 'wx0123456789abcdef',
      WECHAT_TOKEN_SOURCE_URL: gateway.url,
      WECHAT_TOKEN_SOURCE_KEY: zoneKey,
      WECHAT_SERVICE_KEYS: `shop=${shopKey}`,
      SESSION_SECRET: undefined,
      MEDIA_ACCESS: 'key',
    })
    const media = '/wechat/offiaccount/media?media_id=wxLocalResource:1'
    expect((await request(app).get(media)).status).toBe(401)
    // The key is accepted, and then the id is not.
    expect((await request(app).get(media).set(bearer)).status).toBe(400)
  })

  it('answers 503 with its reason in the log while the other gateway refuses the key', async () => {
    const stranger = await startGatewayApp({
      ...wechat.env,
      WECHAT_APP_SECRET: undefined,
      SESSION_SECRET: undefined,
      WECHAT_TOKEN_SOURCE_URL: gateway.url,
      WECHAT_TOKEN_SOURCE_KEY: 'x0'.repeat(20),
      WECHAT_SERVICE_KEYS: `shop=${shopKey}`,
    })
    onTestFinished(() => stranger.close())
    expect((await get(`${stranger.url}/token`)).status).toBe(503)
    await vi.waitFor(() => expect(stranger.log()).toContain('token_source_unavailable'))
    expect(stranger.log()).not.toContain('x0x0')
  })
})
