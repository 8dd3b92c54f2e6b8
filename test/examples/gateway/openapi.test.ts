import { Validator } from '@seriousme/openapi-schema-validator'
import { domainVerificationHandler, reply, type WechatRouterOptions, wechatRouter } from 'express-wechat'
import { type RunningSimulator, startSimulator } from 'express-wechat/simulator'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { enter, finish, readFormToken, readShownCode, showCode } from '../../login/scan/support/scan.ts'
import { createPushClient, type PushOptions, textMessage } from '../../push/support/push-client.ts'
import { AS_SCRIPT } from '../../support/browser.ts'
import type { InjectedAnswer } from '../../support/inject.ts'
import { listen } from '../../support/listen.ts'
import { approve, closeSites, type Site, startSite } from '../../support/site.ts'
import { exchange, newVisitor, type VisitOptions } from '../../support/visitor.ts'
import { createGatewayApp, type ListeningGateway, startGatewayApp } from './support/gateway-app.ts'
import { createAnswerChecker, listOperations, readOpenapi, type ShownAnswer } from './support/openapi.ts'
import { listRoutes } from './support/routes.ts'

const document = readOpenapi()
const operations = listOperations(document)
const checkAnswer = createAnswerChecker(document)
/** What was asked, by operation. */
const askedStatuses = new Map<string, number[]>()

const key = 'k3y0fthesh0p-7d1f0c2e4b3a596877812'
const bearer = { authorization: `Bearer ${key}` }
const listed = { origin: 'https://h5.example.com' }
const foreign = { origin: 'https://evil.example' }
const VERIFICATION = '/MP_verify_Ab12Cd34Ef56Gh78.txt'
const GET_API = '/cgi-bin/get_api_domain_ip'
const POST_API = '/cgi-bin/openapi/quota/get'
/** The option that mounts `/push`, which the gateway does not set. */
const pushConsole = { token: 'tokenOfTheConsole', aesKey: 'A'.repeat(43) }
const push = {
  token: pushConsole.token,
  encodingAesKey: pushConsole.aesKey,
  on: { text: ({ content }) => (content === 'quiet' ? undefined : reply.text('welcome')) },
} satisfies WechatRouterOptions['push']
/** The gateway has them beside its router, without `Allow`. */
const BESIDE_THE_ROUTER = ['/healthz', '/readyz', '/MP_verify_{code}.txt']

const ownHeaders = { 'content-type': 'application/json; charset=utf-8', 'cache-control': 'no-store' }

let wechat: RunningSimulator
let gateway: ListeningGateway
/** An app with what the gateway does not mount: the scan login, pushes, and the file by which WeChat verifies a domain. */
let site: Site
let mediaId: string

beforeAll(async () => {
  wechat = await startSimulator()
  const setup = { push, scanLogin: true, allowedOrigins: [listed.origin], serviceKeys: { shop: key } }
  const fileName = VERIFICATION.slice(1)
  ;[gateway, site] = await Promise.all([
    startGatewayApp({
      ...wechat.env,
      WECHAT_ALLOWED_ORIGINS: listed.origin,
      WECHAT_SERVICE_KEYS: `shop=${key}`,
      WECHAT_API_ALLOW: `shop=${GET_API} ${POST_API}`,
      WECHAT_SCOPE: 'snsapi_userinfo',
    }),
    startSite({
      router: { ...setup, apiProxy: { allow: { shop: [GET_API] } } },
      pages: app => app.use(domainVerificationHandler({ fileName })),
    }),
  ])
  mediaId = wechat.uploadMedia({ type: 'image', data: Buffer.from('GIF89a') })
})

afterAll(async () => {
  await Promise.all([gateway?.close(), closeSites()])
  await wechat?.close()
})

/** The answer has this status, and is as the document says. */
function expectAnswer(operation: string, status: number, answer: ShownAnswer): void {
  expect([operation, answer.status, checkAnswer(operation, answer)]).toEqual([operation, status, []])
  askedStatuses.set(operation, [...(askedStatuses.get(operation) ?? []), status])
}

/** Asks the gateway for a path below its base path. */
async function expectOf(operation: string, status: number, path: string, options: VisitOptions = {}) {
  const [method = ''] = operation.split(' ')
  expectAnswer(operation, status, await exchange(gateway.url + path, { method, ...options }))
}

describe('docs/openapi.yaml', () => {
  it('is valid OpenAPI 3.1', async () => {
    const validator = new Validator()
    const { valid, errors } = await validator.validate(JSON.parse(JSON.stringify(document)))
    expect([valid, errors, validator.version]).toEqual([true, undefined, '3.1'])
  })

  it.each<[string, Partial<ShownAnswer>, string]>([
    ['another status', { status: 418 }, '418 is not documented'],
    ['a missing header', { headers: { 'content-type': 'application/json' } }, 'Cache-Control is missing'],
    [
      'another header',
      { headers: { ...ownHeaders, 'cache-control': 'public' } },
      'Cache-Control: data must be',
    ],
    [
      'another type',
      { headers: { ...ownHeaders, 'content-type': 'text/html' } },
      'Content-Type is text/html',
    ],
    ['a missing field', { json: {} }, "body: data must have required property 'openid'"],
    [
      'another field',
      { json: { openid: 'o1', token: 't' } },
      'body: data must NOT have additional properties',
    ],
  ])('does not fit an answer with %s', (_what, change, fault) => {
    const answer = { status: 200, headers: ownHeaders, text: '', json: { openid: 'o1' } }
    expect(checkAnswer('GET /auth/user/openid', answer)).toEqual([])
    expect(checkAnswer('GET /auth/user/openid', { ...answer, ...change })).toEqual([
      expect.stringContaining(fault),
    ])
  })

  it('has every route of the router', () => {
    const { tokenManager } = site
    const router = wechatRouter({
      tokenManager,
      push,
      scanLogin: true,
      serviceKeys: { shop: key },
      apiProxy: { allow: { shop: [GET_API] } },
    })
    const paths = Object.keys(document.paths)
    const routes = listRoutes(router, paths)
    expect(routes.length).toBeGreaterThan(14)
    expect(routes.filter(route => !document.paths[route])).toEqual([])
    const withoutToken = listRoutes(
      router,
      paths.filter(path => !path.startsWith('/token')),
    )
    expect(withoutToken.filter(route => !document.paths[route])).toEqual(['an undocumented mount of router'])
  })

  it('has exactly the methods that the router allows', async () => {
    const served = operations.filter(({ path }) => !BESIDE_THE_ROUTER.includes(path))
    for (const path of new Set(served.map(operation => operation.path))) {
      const url = site.base + path.replace('{ticket}', 'x').replace('/{path}', GET_API)
      const { headers } = await exchange(url, { method: 'PATCH', headers: bearer })
      const documented = served.filter(each => each.path === path && each.method !== 'OPTIONS')
      expect([path, headers.allow?.split(', ')]).toEqual([path, documented.map(({ method }) => method)])
    }
  })
})

describe('the gateway answers as docs/openapi.yaml says', () => {
  it('to a login, and to who is logged in', async () => {
    const visitor = newVisitor()
    const begun = await visitor.open(`${gateway.url}/auth`)
    expectAnswer('GET /auth', 302, begun)
    const back = await visitor.open(wechat.approve(begun.location ?? '', { personId: 'lin-xiaoyu' }) ?? '')
    expectAnswer('GET /auth/code', 302, back)
    for (const path of ['/auth/login', '/auth/user', '/auth/user/openid', '/offiaccount/user']) {
      expectAnswer(`GET ${path}`, 200, await visitor.fetch(gateway.url + path))
      expectAnswer(`HEAD ${path}`, 200, await visitor.fetch(gateway.url + path, { method: 'HEAD' }))
    }
    const out = await visitor.fetch(`${gateway.url}/auth/logout`, { method: 'POST' })
    expectAnswer('POST /auth/logout', 204, out)
  })

  it('to logins that can not begin or end, as a page and as JSON', async () => {
    for (const accept of ['text/html', 'application/json']) {
      const headers = { accept }
      await expectOf('GET /auth', 400, `/auth?state=${foreign.origin}`, { headers })
      await expectOf('GET /auth/code', 400, '/auth/code', { headers })
    }
  })

  it('to who is not logged in', async () => {
    for (const path of ['/auth/login', '/auth/user', '/auth/user/openid', '/offiaccount/user']) {
      await expectOf(`GET ${path}`, 401, path)
      await expectOf(`HEAD ${path}`, 401, path)
    }
    await expectOf('POST /auth/logout', 403, '/auth/logout', { headers: foreign })
  })

  it('to pages of a listed origin that ask before a request', async () => {
    const headers = { ...listed, 'access-control-request-method': 'POST' }
    const shared = operations.filter(({ method }) => method === 'OPTIONS')
    expect(shared).toHaveLength(7)
    for (const { name, path } of shared) await expectOf(name, 204, path, { headers })
  })

  it('to pages to sign, also while WeChat fails', async () => {
    const sign = (url: string) => ({ body: JSON.stringify({ url }) })
    const path = '/offiaccount/jssdk'
    wechat.faults.next('/cgi-bin/ticket/getticket', { errcode: 40164 })
    await expectOf(`POST ${path}`, 500, path, sign(`${gateway.origin}/page`))
    await expectOf(`POST ${path}`, 200, path, sign(`${gateway.origin}/page`))
    await expectOf(`POST ${path}`, 400, path, { body: '{}' })
    await expectOf(`POST ${path}`, 403, path, sign(`${foreign.origin}/page`))
    await expectOf('GET /jweixin.js', 302, '/jweixin.js')
    await expectOf('HEAD /jweixin.js', 302, '/jweixin.js')
  })

  it('to media as base64, as bytes and in ranges', async () => {
    const path = '/offiaccount/media'
    const whole = `${path}?media_id=${mediaId}`
    const bytes = `${whole}&format=binary`
    for (const method of ['GET', 'HEAD']) {
      const operation = `${method} ${path}`
      await expectOf(operation, 200, whole)
      await expectOf(operation, 200, bytes)
      await expectOf(operation, 206, bytes, { headers: { range: 'bytes=0-1' } })
      await expectOf(operation, 416, bytes, { headers: { range: 'bytes=900-' } })
      await expectOf(operation, 400, path)
      await expectOf(operation, 415, `${whole}&format=mp3`)
    }
    await expectOf(`GET ${path}`, 400, `${path}?media_id=${'x'.repeat(64)}`)
  })

  it('to back ends with a service key, and without one', async () => {
    const token = { body: JSON.stringify({ token: 'of-another-day' }) }
    const withKey = { headers: { ...bearer, 'content-type': 'application/json' } }
    await expectOf('GET /token', 200, '/token', withKey)
    await expectOf('GET /token', 200, '/token?type=jsapi_ticket', withKey)
    await expectOf('GET /token', 400, '/token?type=x', withKey)
    await expectOf('GET /token', 401, '/token')
    await expectOf('POST /token/invalidate', 200, '/token/invalidate', { ...withKey, ...token })
    await expectOf('POST /token/invalidate', 400, '/token/invalidate', { ...withKey, body: '{}' })
    await expectOf('POST /token/invalidate', 401, '/token/invalidate', token)

    const quota = { ...withKey, body: JSON.stringify({ cgi_path: GET_API }) }
    await expectOf('GET /api/{path}', 200, `/api${GET_API}`, withKey)
    await expectOf('POST /api/{path}', 200, `/api${POST_API}`, quota)
    for (const method of ['GET', 'POST']) {
      await expectOf(`${method} /api/{path}`, 401, `/api${GET_API}`)
      await expectOf(`${method} /api/{path}`, 403, '/api/cgi-bin/user/info', withKey)
      await expectOf(`${method} /api/{path}`, 404, '/api/cgi-bin//user', withKey)
      await expectOf(`${method} /api/{path}`, 400, `/api${GET_API}?access_token=x`, withKey)
    }
    wechat.faults.next(GET_API, { errcode: 45009 })
    await expectOf('GET /api/{path}', 429, `/api${GET_API}`, withKey)
  })

  it('to probes', async () => {
    for (const path of ['/healthz', '/readyz']) {
      expectAnswer(`GET ${path}`, 200, await exchange(gateway.origin + path, {}))
    }
    const { app } = createGatewayApp(wechat.env, { isReady: async () => false })
    const stopping = await listen(app)
    expectAnswer('GET /readyz', 503, await exchange(`${stopping.origin}/readyz`, {}))
    await stopping.close()
  })

  it('with 404 to pushes, because it does not set the option that mounts them', async () => {
    for (const method of ['GET', 'POST']) {
      expect((await exchange(`${gateway.url}/push`, { method })).status).toBe(404)
    }
  })
})

describe('the router answers as docs/openapi.yaml says, with what the gateway does not mount', () => {
  it('to a login by scanning', async () => {
    const [desktop, phone] = [site.visitor(), site.visitor()]
    const code = await showCode(site, desktop)
    const ticket = '/auth/scan/{ticket}'
    expectAnswer('GET /auth/scan', 200, await desktop.open(code.againUrl, { headers: { 'user-agent': 'x' } }))
    expectAnswer('GET /auth/scan', 302, await phone.open(code.againUrl))
    const begun = await phone.open(code.ticketUrl)
    expectAnswer(`GET ${ticket}`, 302, begun)
    await phone.open(approve(site.wechat, begun))
    const form = await phone.open(code.ticketUrl)
    expectAnswer(`GET ${ticket}`, 200, form)
    expectAnswer(`GET ${ticket}/status`, 200, await desktop.open(code.statusUrl, AS_SCRIPT))
    expectAnswer(`POST ${ticket}/finish`, 400, await finish(site, desktop, code))
    const entry = { token: readFormToken(form), digits: code.digits }
    expectAnswer(`POST ${ticket}`, 403, await enter(site, phone, code.ticketUrl, { ...entry, ...foreign }))
    expectAnswer(`POST ${ticket}`, 200, await enter(site, phone, code.ticketUrl, entry))
    expectAnswer(`POST ${ticket}/finish`, 200, await finish(site, desktop, code))
  })

  it('to a scan that can not go on', async () => {
    const stranger = site.visitor()
    const code = readShownCode(await site.visitor().open(`${site.base}/auth/scan`, desktopHeaders))
    expectAnswer('GET /auth/scan', 400, await stranger.open(`${site.base}/auth/scan?state=${foreign.origin}`))
    expectAnswer('GET /auth/scan/{ticket}', 400, await stranger.open(`${site.base}/auth/scan/x`))
    expectAnswer('GET /auth/scan/{ticket}/status', 403, await stranger.open(code.statusUrl, AS_SCRIPT))
  })

  it('to WeChat when it checks the URL of pushes', async () => {
    const query = new URLSearchParams({ ...pushClient().plainQuery({}), echostr: '123' })
    expectAnswer('GET /push', 200, await exchange(`${site.base}/push?${query}`, {}))
    query.set('nonce', 'another')
    expectAnswer('GET /push', 403, await exchange(`${site.base}/push?${query}`, {}))
  })

  it.each<NonNullable<PushOptions['format']>>(['xml', 'json'])('to pushes in %s', async format => {
    const client = pushClient()
    const send = async (status: number, content: string) => {
      const answer = await client.push(textMessage({ Content: content }), { format, path: '/wechat/push' })
      expectAnswer('POST /push', status, toShownAnswer(answer))
      return answer
    }
    expect(client.read(await send(200, 'hello'))).toContain('welcome')
    expect(client.read(await send(200, 'quiet'))).toBe('success')
    await send(413, 'x'.repeat(70_000))
    const unsigned = await client.send('<xml/>', { timestamp: '1', nonce: 'n' }, { path: '/wechat/push' })
    expectAnswer('POST /push', 403, toShownAnswer(unsigned))
  })

  it('to WeChat when it verifies a domain', async () => {
    for (const method of ['GET', 'HEAD']) {
      const answer = await exchange(site.origin + VERIFICATION, { method })
      expectAnswer(`${method} /MP_verify_{code}.txt`, 200, answer)
    }
  })
})

it('every operation was asked for a success, and for an error if it has one of its own', () => {
  const lacking = operations.filter(({ name, statuses }) => {
    const asked = askedStatuses.get(name) ?? []
    // 429 is the rate limit's, which is one for all of them.
    const hasErrors = statuses.some(status => status >= 400 && status !== 429)
    return !asked.some(status => status < 400) || (hasErrors && !asked.some(status => status >= 400))
  })
  expect(lacking.map(({ name }) => name)).toEqual([])
})

const desktopHeaders = { headers: { 'user-agent': 'Mozilla/5.0 (Windows NT 10.0) Chrome/140.0.0.0' } }

/** WeChat, as it pushes to the site. */
function pushClient() {
  return createPushClient(site.app, { ...pushConsole, appId: site.wechat.appId })
}

function toShownAnswer({
  status,
  headers,
  text,
}: Pick<InjectedAnswer, 'status' | 'headers' | 'text'>): ShownAnswer {
  const json = String(headers['content-type']).startsWith('application/json') ? JSON.parse(text) : undefined
  const texts = Object.entries(headers).map(([name, value]) => [name, String(value)])
  return { status, headers: Object.fromEntries(texts), text, json }
}
