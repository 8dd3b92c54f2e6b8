import { requireWechatLogin } from 'express-wechat'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { type InjectedAnswer, inject, toCookieHeader } from '../../support/inject.ts'
import { closeSites, type Site, startSite } from '../../support/site.ts'
import { FAMILIES, OURS, type Payload } from './payloads.ts'

const HOST = `https://${OURS}`
const LISTED = 'https://shop.example.com'
const HEADERS = { 'x-forwarded-proto': 'https', accept: 'text/html', 'user-agent': 'MicroMessenger/8.0.50' }

let site: Site

beforeAll(async () => {
  site = await startSite({
    origin: HOST,
    router: { publicUrl: `${HOST}/wechat`, allowedOrigins: [LISTED] },
    pages: (app, tokenManager) => void app.use(requireWechatLogin({ tokenManager })),
  })
})

afterAll(closeSites)

interface Entry {
  host: string
  /** The path that the browser opens; undefined if the payload can't come this way. */
  path(text: string): string | undefined
}

const encoded = (text: string) => encodeURIComponent(text.toWellFormed())

/** The ways whose text Express parses: the query string and the path. */
const PARSED_ENTRIES: Readonly<Record<string, Entry>> = {
  'encoded once': { host: OURS, path: text => `/wechat/auth?state=${encoded(text)}` },
  'as it is': {
    host: OURS,
    path: text => (isRequestTarget(text) ? `/wechat/auth?state=${text}` : undefined),
  },
  'as the path of a guarded page': {
    host: OURS,
    path: text => (text.startsWith('/') && isRequestTarget(text) ? text : undefined),
  },
}
/** The other ways. They differ from 'encoded once' in code of this package alone, which is the same on Express 4. */
const OTHER_ENTRIES: Readonly<Record<string, Entry>> = {
  'encoded twice': { host: OURS, path: text => `/wechat/auth?state=${encoded(encoded(text))}` },
  'at another host of the service': {
    host: 'shop.example.com',
    path: text => `/wechat/auth?state=${encoded(text)}`,
  },
}
/** The ways by which a page to return to reaches the login. */
const ENTRIES = process.env.EXPRESS_MAJOR === '4' ? PARSED_ENTRIES : { ...PARSED_ENTRIES, ...OTHER_ENTRIES }

/** HTTP has no other characters in the first line of a request. */
function isRequestTarget(text: string): boolean {
  return /^[\x21-\x7e]+$/.test(text)
}

/** Follows the login as a browser does, to the last `Location`. Undefined if it is refused on the way. */
async function findLanding({ host }: Entry, path: string): Promise<string | undefined> {
  const setCookies: string[] = []
  const open = async (nextPath: string, nextHost = OURS): Promise<InjectedAnswer> => {
    const headers = { ...HEADERS, host: nextHost, cookie: toCookieHeader(setCookies) }
    const answer = await inject(site.app, nextPath, { headers })
    setCookies.push(...answer.setCookies)
    return answer
  }

  let answer = await open(path, host)
  // A guard, and a login at another host, redirect to the login at publicUrl first.
  while (answer.status === 302) {
    const location = new URL(
      answer.location,
      `https://${host}${path.startsWith('/wechat/auth') ? '/' : '/page'}`,
    )
    if (location.origin === site.wechat.url) {
      const callback = new URL(site.wechat.approve(location) ?? '')
      return (await open(callback.pathname + callback.search)).location
    }
    expect(location.href).toMatch(/^https:\/\/h5\.example\.com\/wechat\/auth\?/)
    answer = await open(location.pathname + location.search)
  }
  // A payload that is a path can be another path of the router.
  expect(path.startsWith('/wechat/auth?') ? [400] : [400, 404, 405]).toContain(answer.status)
  return undefined
}

/** A browser resolves the last `Location` against the callback's address. */
function isOurs(location: string): boolean {
  const url = URL.parse(location, `${HOST}/wechat/auth/code`)
  return url !== null && [HOST, LISTED].includes(url.origin) && !/^\/wechat\/auth(\/|$)/i.test(url.pathname)
}

async function findLandings(payloads: readonly Payload[]): Promise<[way: string, location: string][]> {
  const landings: [string, string][] = []
  for (const { kind, text } of payloads) {
    for (const [name, entry] of Object.entries(ENTRIES)) {
      const path = entry.path(text)
      const location = path === undefined ? undefined : await findLanding(entry, path)
      if (location !== undefined) landings.push([`${kind} (${name})`, location])
    }
  }
  site.sessions.sessions.clear()
  return landings
}

it('knows at least 300 kinds of payloads, each with a name and a text of its own', () => {
  const payloads = FAMILIES.flatMap(family =>
    family.payloads.map(({ kind, text }) => [`${family.name}, ${kind}`, text]),
  )
  expect(payloads.length).toBeGreaterThanOrEqual(300)
  expect(new Set(payloads.map(([name]) => name)).size).toBe(payloads.length)
  expect(new Set(payloads.map(([, text]) => text)).size).toBe(payloads.length)
})

it.each(FAMILIES)('ends a login at a page of ours or refuses it: $name', async ({ payloads, canBeOurs }) => {
  const landings = await findLandings(payloads)
  expect(landings.filter(([, location]) => !isOurs(location))).toEqual([])
  const once = landings.filter(([way]) => way.endsWith('(encoded once)'))
  if (canBeOurs) expect(once.length).toBeGreaterThan(0)
  else expect(once).toEqual([])
})
