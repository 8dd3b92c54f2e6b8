import fc from 'fast-check'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { type InjectedAnswer, inject, toCookieHeader } from '../../support/inject.ts'
import { closeSites, type Site, startSite } from '../../support/site.ts'
import { address, anyText, HOST } from './arbitraries.ts'
import { assertProperty, OTHER_RUNS, timeoutFor } from './runs.ts'

const HEADERS = { host: 'h5.example.com', 'x-forwarded-proto': 'https', accept: 'application/json' }
const hexDigits = fc.constantFrom(...'0123456789abcdef')

let site: Site
/** A login that has begun and is not used up: no property may exchange its code. */
let cookie: string
let state: string

beforeAll(async () => {
  site = await startSite({ origin: HOST, router: { publicUrl: `${HOST}/wechat` } })
  const begun = await inject(site.app, '/wechat/auth?state=%2Fmine', { headers: HEADERS })
  cookie = toCookieHeader(begun.setCookies)
  state = new URL(begun.location).searchParams.get('state') ?? ''
})

afterAll(closeSites)

function callBack(query: Record<string, string>): Promise<InjectedAnswer> {
  const path = `/wechat/auth/code?${new URLSearchParams(query)}`
  return inject(site.app, path, { headers: { ...HEADERS, cookie } })
}

const calls = () => site.wechat.history.entries.length

it(
  'takes no state but its own',
  async () => {
    const changed = fc
      .tuple(fc.nat(120), hexDigits)
      .map(([index, digit]) => state.slice(0, index) + digit + state.slice(index + 1))
    const cut = fc.nat(120).map(length => state.slice(0, length))
    const made = fc.string({ unit: hexDigits, minLength: 121, maxLength: 128 })
    const strange = fc.oneof(changed, cut, made, anyText, address)
    const before = calls()
    const property = fc.asyncProperty(strange, async text => {
      if (text.startsWith(state)) return
      expect((await callBack({ code: 'a_code', state: text })).status).toBe(400)
    })
    await assertProperty('login state', OTHER_RUNS, property)
    expect(calls()).toBe(before)
  },
  timeoutFor(OTHER_RUNS),
)

it(
  'knows its own state whatever was appended to it',
  async () => {
    const property = fc.asyncProperty(anyText, async appended => {
      // A callback without a code is a refusal if the state is known, and else a bad request.
      expect((await callBack({ state: state + appended })).status).toBe(403)
    })
    await assertProperty('login state with a suffix', OTHER_RUNS, property)
  },
  timeoutFor(OTHER_RUNS),
)

const noToken = (characters: RegExp) => fc.oneof(anyText, address).filter(text => !characters.test(text))

it(
  'sends WeChat no code that is not one by its form',
  async () => {
    const before = calls()
    const property = fc.asyncProperty(noToken(/^(?:[\w-]{1,512})?$/), async code => {
      expect((await callBack({ code, state })).status).toBe(400)
    })
    await assertProperty('login code', OTHER_RUNS, property)
    expect(calls()).toBe(before)
  },
  timeoutFor(OTHER_RUNS),
)

it(
  'sends WeChat no media_id that is not one by its form',
  async () => {
    const before = calls()
    const property = fc.asyncProperty(noToken(/^[\w-]{1,256}$/), async mediaId => {
      const path = `/wechat/offiaccount/media?${new URLSearchParams({ media_id: mediaId })}`
      expect((await inject(site.app, path, { headers: HEADERS })).status).toBe(400)
    })
    await assertProperty('media id', OTHER_RUNS, property)
    expect(calls()).toBe(before)
  },
  timeoutFor(OTHER_RUNS),
)
