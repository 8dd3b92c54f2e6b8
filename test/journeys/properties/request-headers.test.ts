import { requireWechatLogin } from 'express-wechat'
import fc from 'fast-check'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { type InjectedAnswer, inject, toCookieHeader } from '../../support/inject.ts'
import { closeSites, type Site, startSite } from '../../support/site.ts'
import { HOST, headerText, LISTED } from './arbitraries.ts'
import { assertProperty, OTHER_RUNS, timeoutFor } from './runs.ts'

const HEADERS = { host: 'h5.example.com', 'x-forwarded-proto': 'https', accept: 'text/html' }
const IN_WECHAT = { ...HEADERS, 'user-agent': 'MicroMessenger/8.0.50' }

/** A site with `publicUrl`, and one that takes its address from the headers of a trusted proxy. */
let fixed: Site
let derived: Site

beforeAll(async () => {
  const guard = { trustForwardedPrefix: true }
  fixed = await startSite({
    origin: HOST,
    router: { publicUrl: `${HOST}/wechat`, allowedOrigins: [LISTED] },
    pages: (app, tokenManager) => void app.get('/page', requireWechatLogin({ tokenManager, ...guard })),
  })
  derived = await startSite({
    origin: HOST,
    pages: (app, tokenManager) => void app.get('/page', requireWechatLogin({ tokenManager, ...guard })),
  })
})

afterAll(closeSites)

const plausible = fc.constantFrom(
  'https://evil.test/?',
  'h5.example.com',
  'evil.test:8443',
  'https',
  'HTTP',
  'https, http',
  '/h5',
  '[::1]:80',
)
const forwarded = fc.record(
  Object.fromEntries(
    [
      ...['host', 'x-forwarded-host', 'x-forwarded-proto', 'x-forwarded-prefix', 'x-forwarded-for'],
      ...['x-forwarded-port', 'x-forwarded-path', 'x-original-url', 'x-rewrite-url', 'forwarded'],
      ...['origin', 'referer', 'sec-fetch-mode', 'x-requested-with', 'accept', 'user-agent'],
    ].map(name => [name, fc.oneof(headerText, plausible)]),
  ),
  { requiredKeys: [] },
)

/** The address to which WeChat would send the browser back; undefined if the request was refused. */
function readRedirectUri(site: Site, { status, location }: InjectedAnswer): URL | undefined {
  if (status !== 302) {
    expect(status).toBe(400)
    return undefined
  }
  const authorize = new URL(location)
  expect(authorize.origin).toBe(site.wechat.url)
  return new URL(authorize.searchParams.get('redirect_uri') ?? '')
}

/** A cookie is one pair and attributes of the library's own. */
function assertPlainCookies({ setCookies }: InjectedAnswer): void {
  for (const text of setCookies) {
    expect(text).toMatch(
      /^[\w-]+=[\w.-]*(?:; (?:Path=\/[\w/]*|HttpOnly|Secure|SameSite=Lax|Max-Age=\d+|Expires=[\w ,:]+))*$/,
    )
  }
}

it(
  'returns from WeChat to publicUrl whatever the headers say',
  async () => {
    const property = fc.asyncProperty(forwarded, async headers => {
      const answer = await inject(fixed.app, '/wechat/auth?state=%2Fmine', {
        headers: { ...HEADERS, ...headers },
      })
      // A login that begins at another host of the service goes to publicUrl first.
      if (answer.location.startsWith(`${HOST}/wechat/auth?`)) return
      expect(readRedirectUri(fixed, answer)?.href ?? `${HOST}/wechat/auth/code`).toBe(
        `${HOST}/wechat/auth/code`,
      )
      assertPlainCookies(answer)
    })
    await assertProperty('forwarded headers', OTHER_RUNS, property)
  },
  timeoutFor(OTHER_RUNS),
)

it(
  'makes its own address of forwarded headers as one origin and its path, or refuses them',
  async () => {
    let accepted = 0
    const property = fc.asyncProperty(forwarded, async headers => {
      const answer = await inject(derived.app, '/wechat/auth?state=%2Fmine', {
        headers: { ...HEADERS, ...headers },
      })
      const redirectUri = readRedirectUri(derived, answer)
      if (!redirectUri) return
      accepted += 1
      const host = headers['x-forwarded-host']?.split(',')[0]?.trim() || (headers.host ?? HEADERS.host)
      expect(redirectUri.hostname).toBe(URL.parse(`http://${host}`)?.hostname)
      const { protocol, username, password, pathname, search, hash } = redirectUri
      expect(protocol).toMatch(/^https?:$/)
      expect([username, password, pathname, search, hash]).toEqual(['', '', '/wechat/auth/code', '', ''])
      assertPlainCookies(answer)
    })
    await assertProperty('forwarded headers as the own address', OTHER_RUNS, property)
    expect(accepted).toBeGreaterThan(OTHER_RUNS / 50)
  },
  timeoutFor(OTHER_RUNS),
)

it(
  'sends a person from a guarded page to a login of the same host whatever the headers say',
  async () => {
    const property = fc.asyncProperty(forwarded, fc.boolean(), async (headers, isFixed) => {
      const answer = await inject((isFixed ? fixed : derived).app, '/page?a=1', {
        headers: { ...IN_WECHAT, ...headers, 'user-agent': IN_WECHAT['user-agent'] },
      })
      expect([302, 400, 401]).toContain(answer.status)
      if (answer.status !== 302) return
      const login = new URL(answer.location, `${HOST}/page`)
      expect(login.origin).toBe(HOST)
      expect(login.pathname).toMatch(/\/wechat\/auth$/)
      expect(new URL(login.searchParams.get('state') ?? '', HOST).origin).toBe(HOST)
    })
    await assertProperty('forwarded headers at the guard', OTHER_RUNS, property)
  },
  timeoutFor(OTHER_RUNS),
)

it(
  'logs nobody in by a cookie, and finishes a login next to any cookie',
  async () => {
    const name = fc.constantFrom(
      ...['connect.sid', '__proto__', 'constructor', '', 'wechat-returned', 'wechat-return-00000000-0'],
      ...['__Host-wechat-login-00000000', 'wechat-login-00000000'],
    )
    const value = fc.oneof(
      fc.string({ unit: fc.constantFrom(...'abc019.%=;, "\\+/_-:{}[]'), maxLength: 80 }),
      headerText,
      fc.constantFrom('s%3Aid.signature', 'j:{"wechat":{"openid":"osim_x"}}'),
    )
    const property = fc.asyncProperty(fc.array(fc.tuple(name, value), { maxLength: 6 }), async pairs => {
      const planted = pairs.map(pair => pair.join('=')).join('; ')
      const who = await inject(fixed.app, '/wechat/auth/user/openid', {
        headers: { ...HEADERS, cookie: planted },
      })
      expect(who.status).toBe(401)
      const begun = await inject(fixed.app, '/wechat/auth?state=%2Fmine', {
        headers: { ...HEADERS, cookie: planted },
      })
      expect(begun.status).toBe(302)
      // A refusal that is told as one shows that the state was read next to the planted cookies.
      const state = new URL(begun.location).searchParams.get('state') ?? ''
      const own = `${toCookieHeader(begun.setCookies)}; ${planted}`
      const refused = await inject(fixed.app, `/wechat/auth/code?state=${state}`, {
        headers: { ...HEADERS, cookie: own },
      })
      expect(refused.status).toBe(403)
      expect(refused.text).toContain(`state=${encodeURIComponent(`${HOST}/mine`)}`)
    })
    await assertProperty('cookies', OTHER_RUNS, property)
  },
  timeoutFor(OTHER_RUNS),
)
