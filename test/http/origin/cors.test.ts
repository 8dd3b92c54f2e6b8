import cors from 'cors'
import { followerHandler, jssdkConfigHandler, mediaProxyHandler } from 'express-wechat'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { type Answer, AS_SCRIPT, type Browser } from '../../support/browser.ts'
import { jpegOf } from '../../support/media-site.ts'
import { closeSites, errorBody, openidOf, type Site, startSite } from '../../support/site.ts'

const OWN = 'https://m.example.com'
const SIBLING = 'https://h5.example.com'
const OTHER_SITE = 'https://shop.test'
const PLAIN = 'http://h5.example.com'
const UNLISTED = 'https://evil.test'

let site: Site
beforeAll(async () => {
  site = await startSite({
    origin: OWN,
    router: { publicUrl: `${OWN}/wechat`, allowedOrigins: [SIBLING, OTHER_SITE, PLAIN] },
  })
})
afterAll(closeSites)

const open: Site[] = []
afterEach(async () => {
  await Promise.all(open.splice(0).map(each => each.close()))
})

async function start(...setup: Parameters<typeof startSite>): Promise<Site> {
  const started = await startSite(...setup)
  open.push(started)
  return started
}

/** The rows that scripts of pages ask, each with its status for somebody who is not logged in. */
const ROWS = [
  ['GET', '/auth/user/openid', 401],
  ['GET', '/auth/user', 401],
  ['GET', '/offiaccount/user', 401],
  ['POST', '/offiaccount/jssdk', 400],
  ['GET', '/offiaccount/media', 400],
  ['POST', '/auth/logout', 204],
] as const

const NEVER = [
  '/auth',
  '/auth/code',
  '/auth/scan',
  '/token',
  '/api/cgi-bin/tags/get',
  '/push',
  '/jweixin.js',
  '/nothing',
]

function ask(browser: Browser, method: string, path: string, origin: string, body?: string): Promise<Answer> {
  return browser.open(`${site.base}${path}`, {
    method,
    headers: { ...AS_SCRIPT.headers, origin },
    ...(body !== undefined && { body }),
  })
}

function preflight(target: Site, path: string, origin: string): Promise<Answer> {
  return target.visitor().open(`${target.base}${path}`, {
    method: 'OPTIONS',
    headers: {
      origin,
      'access-control-request-method': 'POST',
      'access-control-request-headers': 'content-type',
    },
  })
}

const corsOf = ({ headers }: Answer) =>
  Object.fromEntries(Object.entries(headers).filter(([name]) => name.startsWith('access-control-')))

describe.each(ROWS)('%s %s', (method, path, status) => {
  it('lets pages of listed origins read the answer, errors included', async () => {
    for (const origin of [SIBLING, OTHER_SITE]) {
      const answer = await ask(site.visitor(), method, path, origin)
      expect(answer.status).toBe(status)
      expect(answer.headers.vary).toMatch(/\borigin\b/i)
      expect(corsOf(answer)).toEqual({
        'access-control-allow-origin': origin,
        'access-control-allow-credentials': 'true',
        'access-control-expose-headers': 'Content-Range, Accept-Ranges, Retry-After',
      })
    }
  })

  it('has no header for other origins, and says that it varies', async () => {
    for (const origin of [UNLISTED, PLAIN, 'null', `${SIBLING}.evil.test`, OWN]) {
      const answer = await ask(site.visitor(), method, path, origin)
      expect(corsOf(answer)).toEqual({})
      expect(answer.headers.vary).toMatch(/\borigin\b/i)
    }
  })

  it('answers the preflight of a listed origin alone', async () => {
    const allowed = await preflight(site, path, SIBLING)
    expect([allowed.status, allowed.text]).toEqual([204, ''])
    expect(corsOf(allowed)).toMatchObject({
      'access-control-allow-origin': SIBLING,
      'access-control-allow-methods': 'GET, HEAD, POST',
      'access-control-allow-headers': 'Content-Type, Range',
      'access-control-max-age': '600',
    })
    const refused = await preflight(site, path, UNLISTED)
    expect([refused.status, corsOf(refused)]).toEqual([405, {}])
  })
})

describe('what no page may read', () => {
  it.each(NEVER)('has no CORS header for anybody: %s', async path => {
    const keyed = await start({
      origin: OWN,
      router: {
        publicUrl: `${OWN}/wechat`,
        allowedOrigins: [SIBLING],
        serviceKeys: { shop: 'k'.repeat(32) },
      },
    })
    const headers = { ...AS_SCRIPT.headers, origin: SIBLING }
    expect(corsOf(await keyed.visitor().open(`${keyed.base}${path}`, { headers }))).toEqual({})
    expect(corsOf(await preflight(keyed, path, SIBLING))).toEqual({})
  })
})

describe('a page of another origin', () => {
  it('at a sibling host does everything with the login of the person', async () => {
    const browser = site.visitor()
    await site.login(browser)
    expect(await openidOf(site, browser)).toBeDefined()
    expect((await ask(browser, 'GET', '/auth/user/openid', SIBLING)).status).toBe(200)
    const body = JSON.stringify({ url: `${SIBLING}/page` })
    expect((await ask(browser, 'POST', '/offiaccount/jssdk', SIBLING, body)).json).toHaveProperty('signature')
    expect((await ask(browser, 'POST', '/auth/logout', SIBLING)).status).toBe(204)
    expect(await openidOf(site, browser)).toBeUndefined()
  })

  it('of another site signs, and is 401 for the rest: browsers send it no cookies', async () => {
    const body = JSON.stringify({ url: `${OTHER_SITE}/page` })
    const signed = await ask(site.visitor(), 'POST', '/offiaccount/jssdk', OTHER_SITE, body)
    expect(signed.json).toHaveProperty('signature')
    expect((await ask(site.visitor(), 'GET', '/auth/user/openid', OTHER_SITE)).json).toEqual(errorBody(401))
  })
})

describe('the option', () => {
  const headers = { ...AS_SCRIPT.headers, origin: SIBLING }

  it('is off without other origins, and if it is false', async () => {
    for (const router of [{}, { allowedOrigins: [SIBLING], cors: false }]) {
      const off = await start({ router })
      const answer = await off.visitor().open(`${off.base}/auth/user/openid`, { headers })
      expect(corsOf(answer)).toEqual({})
    }
  })

  it('allows an http origin if publicUrl is not https', async () => {
    const plain = await start({ router: { allowedOrigins: [PLAIN] } })
    const answer = await plain
      .visitor()
      .open(`${plain.base}/auth/user`, { headers: { ...headers, origin: PLAIN } })
    expect(corsOf(answer)).toHaveProperty('access-control-allow-origin', PLAIN)
  })

  it('adds nothing to the headers of a CORS middleware of the app', async () => {
    const own = await start({
      before: app => void app.use(cors({ origin: 'https://own.example.com', preflightContinue: true })),
      router: { allowedOrigins: [SIBLING] },
    })
    const answer = await own.visitor().open(`${own.base}/auth/user/openid`, { headers })
    expect(corsOf(answer)).toEqual({ 'access-control-allow-origin': 'https://own.example.com' })
  })

  it('holds for handlers that are mounted alone', async () => {
    const alone = await start({
      pages: (app, tokenManager) => {
        const options = { tokenManager, allowedOrigins: [SIBLING] }
        app.all('/sign', jssdkConfigHandler(options))
        app.all('/follower', followerHandler(options))
        app.all('/media', mediaProxyHandler(options))
      },
    })
    for (const path of ['/sign', '/follower', '/media']) {
      const answer = await alone.visitor().open(alone.origin + path, { headers })
      expect(corsOf(answer)).toHaveProperty('access-control-allow-origin', SIBLING)
    }
  })
})

describe('the resource policy of media bytes', () => {
  async function policyOf(allowedOrigins: string[]): Promise<unknown> {
    const own = await start({ router: { allowedOrigins } })
    const mediaId = own.wechat.uploadMedia({ type: 'image', data: jpegOf(100) })
    const answer = await own.visitor().open(`${own.base}/offiaccount/media?format=binary&media_id=${mediaId}`)
    expect(answer.status).toBe(200)
    return answer.headers['cross-origin-resource-policy']
  }

  it('is same-site if other origins are allowed, else same-origin', async () => {
    expect(await policyOf([SIBLING])).toBe('same-site')
    expect(await policyOf([])).toBe('same-origin')
  })
})
