import fc from 'fast-check'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { type InjectedAnswer, inject, toCookieHeader } from '../../support/inject.ts'
import { closeSites, type Site, startSite } from '../../support/site.ts'
import { address, HOST, LISTED } from './arbitraries.ts'
import { assertProperty, OTHER_RUNS, RETURN_URL_RUNS, timeoutFor } from './runs.ts'

const HEADERS = { host: 'h5.example.com', 'x-forwarded-proto': 'https', accept: 'text/html' }
/** One of this many logins goes on to its end. The exchange of the code takes most of the time of a login. */
const ENDED_LOGINS = RETURN_URL_RUNS > 2_000 ? 20 : 4

let site: Site

beforeAll(async () => {
  site = await startSite({
    origin: HOST,
    router: { publicUrl: `${HOST}/wechat`, allowedOrigins: [LISTED] },
  })
})

afterAll(closeSites)

function begin(page: string): Promise<InjectedAnswer> {
  return inject(site.app, `/wechat/auth?state=${encodeURIComponent(page)}`, { headers: HEADERS })
}

/** Where the browser lands after the login. */
async function end(begun: InjectedAnswer): Promise<string> {
  const { pathname, search } = new URL(site.wechat.approve(begun.location) ?? '')
  const cookie = toCookieHeader(begun.setCookies)
  const { location } = await inject(site.app, pathname + search, { headers: { ...HEADERS, cookie } })
  site.sessions.sessions.clear()
  return location
}

/** The page that the browser keeps for the end of its login. */
function keptPage({ setCookies }: InjectedAnswer): string {
  const [, encoded = ''] = setCookies.find(text => text.startsWith('wechat-return-'))?.split('.') ?? []
  return Buffer.from(encoded, 'base64url').toString()
}

/** Judges by the parser of browsers, which take the address of the answer as the base. */
function assertIsOurs(location: string): void {
  const url = new URL(location, `${HOST}/wechat/auth/code`)
  expect([HOST, LISTED]).toContain(url.origin)
  expect([url.username, url.password]).toEqual(['', ''])
  // Returning to the login would begin the next login.
  if (url.origin === HOST) expect(url.pathname.toLowerCase()).not.toMatch(/^\/wechat\/auth(\/|$)/)
  // Absolute, printable ASCII and already normal, so that no reader reads it differently.
  expect(location).toMatch(/^https:\/\/[\x21-\x7e]*$/)
  expect([url.href, `${url.href}#`]).toContain(location)
}

it(
  'returns a login to an allowed origin, or answers 400',
  async () => {
    let accepted = 0
    let ended = 0
    const property = fc.asyncProperty(address, async page => {
      const begun = await begin(page)
      if (begun.status === 400) {
        expect(begun.setCookies).toEqual([])
        return
      }
      expect(begun.status).toBe(302)
      expect(new URL(begun.location).origin).toBe(site.wechat.url)
      accepted += 1
      const kept = keptPage(begun)
      if (page !== '') assertIsOurs(kept)
      if (accepted % ENDED_LOGINS !== 0) return
      ended += 1
      const location = await end(begun)
      assertIsOurs(location)
      if (page !== '') expect(location).toBe(kept.includes('#') ? kept : `${kept}#`)
    })
    await assertProperty(
      'return URL',
      RETURN_URL_RUNS,
      property,
      () => `, ${accepted} accepted, ${ended} ended`,
    )
    expect(accepted).toBeGreaterThan(RETURN_URL_RUNS / 50)
    expect(ended).toBeGreaterThan(0)
  },
  timeoutFor(RETURN_URL_RUNS),
)

it(
  'accepts the page that a login was returned to as it is',
  async () => {
    const property = fc.asyncProperty(address, async page => {
      const kept = keptPage(await begin(page))
      if (kept === '') return
      expect(keptPage(await begin(kept))).toBe(kept)
    })
    await assertProperty('return URL, twice', OTHER_RUNS, property)
  },
  timeoutFor(OTHER_RUNS),
)

it(
  'encodes spaces of the page as a browser does',
  async () => {
    const words = fc.array(fc.constantFrom('a', '雨', ' ', '\u3000', '?', '=', '/', '+', '%20'), {
      maxLength: 12,
    })
    const property = fc.asyncProperty(words, async parts => {
      const page = `/p${parts.join('')}`
      expect(keptPage(await begin(page))).toBe(new URL(page.replaceAll(' ', '%20'), HOST).href)
    })
    await assertProperty('return URL with spaces', OTHER_RUNS, property)
  },
  timeoutFor(OTHER_RUNS),
)
