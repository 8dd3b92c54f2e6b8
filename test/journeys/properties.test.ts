import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { AS_SCRIPT } from '../support/browser.ts'
import { approve, closeSites, openidOf, type Site, startSite } from '../support/site.ts'

const HOST = 'https://h5.example.com'
const LISTED = 'https://shop.example.com'

let site: Site
beforeAll(async () => {
  site = await startSite({
    origin: HOST,
    router: { publicUrl: `${HOST}/wechat`, allowedOrigins: [LISTED] },
  })
})
afterAll(closeSites)

/** Pieces of addresses that parsers disagree about, in any order, between any text. */
const piece = fc.constantFrom(
  ...[
    '/',
    '//',
    '\\',
    '.',
    '..',
    ':',
    '@',
    '#',
    '?',
    '%2f',
    '%5c',
    '%09',
    '%00',
    '\t',
    '\n',
    '\r',
    '\0',
    ' ',
  ],
  ...['http:', 'https:', 'HTTPS:', 'javascript:', 'data:', 'h5.example.com', 'shop.example.com', 'evil.test'],
  ...[
    '[::1]',
    '127.0.0.1',
    '。',
    '．',
    '／',
    '＼',
    '\u2028',
    '\ufeff',
    '\u00a0',
    '\u00ad',
    '\u200b',
    '\ud800',
    '雨',
    'ⓗ5',
  ],
  ...['wechat', 'auth', 'code', 'AUTH', HOST, LISTED, '&', '=', '+', ';', '|', '"', '<', "'", '`', '{'],
)
const address = fc.oneof(
  fc.array(fc.oneof(piece, fc.string({ maxLength: 3 })), { maxLength: 12 }).map(parts => parts.join('')),
  fc
    .tuple(fc.constantFrom(HOST, LISTED, '/', ''), fc.string({ unit: 'binary', maxLength: 40 }))
    .map(parts => parts.join('')),
  fc.webUrl({ withFragments: true, withQueryParameters: true }),
)

const open = (path: string) => site.visitor().open(site.base + path, AS_SCRIPT)

describe('whatever is asked', () => {
  it('a login returns to an allowed origin, or is 400', async () => {
    let accepted = 0
    await fc.assert(
      fc.asyncProperty(address, async state => {
        const browser = site.visitor()
        const begun = await browser.open(
          `${site.base}/auth?state=${encodeURIComponent(state.toWellFormed())}`,
          AS_SCRIPT,
        )
        if (begun.status === 400) return
        const { location } = await browser.open(approve(site.wechat, begun))
        accepted += 1
        const url = new URL(location)
        expect([HOST, LISTED]).toContain(url.origin)
        expect(url.pathname.toLowerCase()).not.toMatch(url.origin === HOST ? /^\/wechat\/auth(\/|$)/ : /^$/)
        expect(location).toMatch(/^https:\/\/[\x21-\x7e]*#[\x21-\x7e]*$/)
        // Absolute and already normal: no reader reads it differently.
        expect([url.href, `${url.href}#`]).toContain(location)
      }),
      { numRuns: 400 },
    )
    expect(accepted).toBeGreaterThan(20)
  })

  it('a login ends at its page whatever was appended to its state', async () => {
    const suffix = fc.oneof(
      fc.constantFrom('#wechat_redirect', '?from=singlemessage', '/', '0', 'undefined'),
      fc.string({ unit: 'binary', minLength: 1, maxLength: 60 }),
    )
    await fc.assert(
      fc.asyncProperty(suffix, async appended => {
        const browser = site.visitor()
        const callback = new URL(approve(site.wechat, await browser.open(`${site.base}/auth?state=%2Fmine`)))
        callback.searchParams.set('state', callback.searchParams.get('state') + appended.toWellFormed())
        expect((await browser.open(callback.href)).location).toBe(`${HOST}/mine#`)
      }),
      { numRuns: 100 },
    )
  })

  it('a login returns to a page with spaces as a browser encodes them', async () => {
    const words = fc.array(fc.constantFrom('a', '雨', ' ', '\u3000', '?', '=', '/', '+', '%20'), {
      maxLength: 12,
    })
    await fc.assert(
      fc.asyncProperty(words, async parts => {
        const page = `/p${parts.join('')}`
        const browser = site.visitor()
        const begun = await browser.open(`${site.base}/auth?state=${encodeURIComponent(page)}`)
        const { location } = await browser.open(approve(site.wechat, begun))
        expect(location).toBe(`${new URL(page.replaceAll(' ', '%20'), HOST).href}#`)
      }),
      { numRuns: 100 },
    )
  })

  it('a page is signed to the letter for an allowed origin, or refused', async () => {
    await fc.assert(
      fc.asyncProperty(address, async url => {
        const body = JSON.stringify({ url })
        const { status, json } = await site
          .visitor()
          .open(`${site.base}/offiaccount/jssdk`, { method: 'POST', body })
        if (status !== 200) {
          expect([400, 403]).toContain(status)
          return
        }
        expect(json).toMatchObject({ signature: expect.stringMatching(/^[0-9a-f]{40}$/) })
        const page = url.split('#')[0] ?? ''
        expect(
          [HOST, LISTED].some(
            origin => page === origin || page.startsWith(`${origin}/`) || page.startsWith(`${origin}?`),
          ),
        ).toBe(true)
      }),
      { numRuns: 300 },
    )
  })

  it('no state but ours gets further than 400', async () => {
    const hex = fc.string({ unit: fc.constantFrom(...'0123456789abcdef'), minLength: 121, maxLength: 121 })
    await fc.assert(
      fc.asyncProperty(fc.oneof(hex, fc.string({ unit: 'binary', maxLength: 200 })), async state => {
        const { status } = await open(`/auth/code?code=x&state=${encodeURIComponent(state.toWellFormed())}`)
        expect(status).toBe(400)
      }),
      { numRuns: 200 },
    )
  })

  it('no code or media_id reaches WeChat that is not one of its own by shape', async () => {
    const anything = fc
      .oneof(fc.string({ unit: 'binary', maxLength: 60 }), address)
      .filter(text => !/^[\w-]{1,256}$/.test(text))
    await fc.assert(
      fc.asyncProperty(anything, async text => {
        const value = encodeURIComponent(text.toWellFormed())
        const browser = site.visitor()
        const begun = await browser.open(`${site.base}/auth`)
        const state = new URL(begun.location).searchParams.get('state')
        const before = site.wechat.history.entries.length
        const callback = await browser.open(`${site.base}/auth/code?code=${value}&state=${state}`, AS_SCRIPT)
        expect(callback.status).toBe(text === '' ? 403 : 400)
        expect((await open(`/offiaccount/media?media_id=${value}`)).status).toBe(400)
        expect(site.wechat.history.entries.length).toBe(before)
      }),
      { numRuns: 150 },
    )
  })

  it('no cookie logs anybody in, and none breaks a login', async () => {
    const name = fc.constantFrom(
      'connect.sid',
      '__proto__',
      'constructor',
      '',
      '__Host-wechat-login-00000000',
    )
    const value = fc.string({ unit: fc.constantFrom(...'abc019.%=;, "\\+/_-'), maxLength: 80 })
    await fc.assert(
      fc.asyncProperty(fc.array(fc.tuple(name, value), { maxLength: 6 }), async pairs => {
        const cookie = pairs.map(pair => pair.join('=')).join('; ')
        const browser = site.visitor()
        const begun = await browser.open(
          `${site.base}/auth?state=%2Fcapsule`,
          cookie === '' ? {} : { cookie },
        )
        expect(begun.status).toBe(302)
        const who = await browser.open(`${site.base}/auth/user/openid`, { ...AS_SCRIPT, cookie })
        expect(who.status).toBe(401)
        const planted = `${await browser.jar.getCookieString(`${site.base}/auth/code`)}; ${cookie}`
        const ended = await browser.open(approve(site.wechat, begun), { cookie: planted })
        expect(ended.location).toBe(`${HOST}/capsule#`)
      }),
      { numRuns: 100 },
    )
    expect(await openidOf(site, site.visitor())).toBeUndefined()
  })
})
