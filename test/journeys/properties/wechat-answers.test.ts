// @express 5 alone: the subject is how an answer of WeChat is parsed; callback.test.ts and failures.test.ts send such
// answers through a callback on both majors.
import fc from 'fast-check'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { inject, toCookieHeader } from '../../support/inject.ts'
import { closeSites, type Site, startSite } from '../../support/site.ts'
import { anyText, HOST } from './arbitraries.ts'
import { assertProperty, OTHER_RUNS, timeoutFor } from './runs.ts'

const EXCHANGE = '/sns/oauth2/access_token'
const HEADERS = { host: 'h5.example.com', 'x-forwarded-proto': 'https', accept: 'application/json' }
const GRANT = {
  access_token: 'a-token-of-the-person',
  refresh_token: 'a-refresh-token-of-the-person',
  expires_in: 7200,
  openid: 'osim_person',
  scope: 'snsapi_userinfo',
}

let site: Site

beforeAll(async () => {
  site = await startSite({ origin: HOST, router: { publicUrl: `${HOST}/wechat` } })
})

afterAll(closeSites)

/** Values that WeChat could give for a field, of any type. */
const fieldValue = fc.oneof(
  fc.jsonValue({ maxDepth: 2 }),
  anyText,
  fc.constantFrom<unknown>(
    0,
    -1,
    1,
    '1',
    '',
    '7200',
    1e9,
    40029,
    '40163',
    'osim_x',
    'oReal',
    null,
    true,
    [],
    {},
  ),
)
const field = fc.constantFrom(
  ...Object.keys(GRANT),
  ...['unionid', 'is_snapshotuser', 'errcode', 'errmsg', '__proto__', 'constructor', 'hasOwnProperty'],
)
const changedGrant = fc
  .array(fc.tuple(field, fieldValue), { maxLength: 3 })
  .map(pairs => JSON.stringify(Object.fromEntries([...Object.entries(GRANT), ...pairs])))
const cutGrant = fc.tuple(changedGrant, fc.nat(300)).map(([text, length]) => text.slice(0, length))
const answerText = fc.oneof(
  { arbitrary: changedGrant, weight: 5 },
  cutGrant,
  fc.jsonValue().map(value => JSON.stringify(value)),
  anyText,
)

/** The body of `GET /auth/user/openid` for the session that the callback made. */
async function whoIs(setCookies: readonly string[]): Promise<string> {
  const headers = { ...HEADERS, cookie: toCookieHeader(setCookies) }
  return (await inject(site.app, '/wechat/auth/user/openid', { headers })).text
}

/** The openid of an answer that grants a login, by its parse in this test; undefined for any other answer. */
function grantedOpenid(text: string): unknown {
  try {
    return JSON.parse(text).openid
  } catch {
    // WeChat's own answers can hold raw control characters.
    return undefined
  }
}

it(
  'logs in whom WeChat names, and nobody by any other answer',
  async () => {
    let loggedIn = 0
    const property = fc.asyncProperty(answerText, async text => {
      const begun = await inject(site.app, '/wechat/auth?state=%2Fmine', { headers: HEADERS })
      const { pathname, search } = new URL(site.wechat.approve(begun.location) ?? '')
      const cookie = toCookieHeader(begun.setCookies)
      site.wechat.faults.next(EXCHANGE, { text, contentType: 'text/plain' })
      const answer = await inject(site.app, pathname + search, { headers: { ...HEADERS, cookie } })
      site.wechat.faults.clear()
      if (answer.status === 302) {
        loggedIn += 1
        expect(answer.location).toBe(`${HOST}/mine#`)
        const openid = grantedOpenid(text)
        expect(openid).toMatch(/^osim_[\w-]{0,59}$/)
        expect(JSON.parse(await whoIs(answer.setCookies))).toEqual({ openid })
      } else {
        expect([400, 401, 403, 429, 500, 502, 504]).toContain(answer.status)
        expect(JSON.parse(answer.text)).toEqual({
          status: answer.status,
          msg: expect.stringMatching(/[\u4e00-\u9fff]/),
          data: JSON.parse(answer.text).data === null ? null : { errcode: expect.any(Number) },
        })
        expect(site.sessions.sessions.size).toBe(0)
      }
      site.sessions.sessions.clear()
    })
    await assertProperty("WeChat's answers", OTHER_RUNS, property, () => `, ${loggedIn} logged in`)
    expect(loggedIn).toBeGreaterThan(OTHER_RUNS / 50)
  },
  timeoutFor(OTHER_RUNS),
)
