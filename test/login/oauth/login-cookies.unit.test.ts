import type { Response } from 'express'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { createLoginCookies, type LoginCookieScope } from '../../../src/login/oauth/login-cookies.ts'
import { createLoginStates } from '../../../src/login/oauth/login-state.ts'
import { parseAccount } from '../../../src/wechat-api/account.ts'
import { createExchange, setCookiesOf } from '../../support/plain-exchange.ts'

const account = parseAccount(
  'test',
  { appId: 'wx0123456789abcdef', appSecret: '0123456789abcdef'.repeat(2) },
  {},
)
const states = createLoginStates(account, {
  wallMs: () => 0,
  monotonicMs: () => 0,
  sleep: async () => {},
})
/** The first eight digits of the hash of the app id. */
const SUFFIX = '24a79f6e'
const NONCE = '00112233445566778899aabbccddeeff'
const PAGE = 'https://h5.example.com/a?b=中'

const createCookies = (scope: Partial<LoginCookieScope> = {}) =>
  createLoginCookies(states, {
    appId: account.appId,
    isSecure: () => true,
    path: () => '/wechat/auth',
    ...scope,
  })
const withCookies = (cookie: string) => createExchange({ headers: { host: 'h5.example.com', cookie } })
const namesOf = (res: Response) => setCookiesOf(res).map(text => text.split('=')[0])
const isCleared = (text: string) => text.includes('Expires=Thu, 01 Jan 1970')

beforeEach(() => void vi.useFakeTimers({ now: 1_800_000_000_000, toFake: ['Date'] }))
afterEach(() => void vi.useRealTimers())

describe('the login nonce', () => {
  const signed = `${NONCE}.31ce62add2b5b57dce9874180e9962b756239cad`

  it('is read from a cookie that another process has signed', () => {
    const { req, res } = withCookies(`__Host-wechat-login-${SUFFIX}=${signed}`)
    expect(createCookies().readLoginNonce(req)).toBe(NONCE)
    expect(createCookies().ensureLoginNonce(req, res)).toBe(NONCE)
    expect(setCookiesOf(res)).toEqual([])
  })

  it('is read over http from the cookie without the prefix, over https from the one with it', () => {
    const plain = withCookies(`wechat-login-${SUFFIX}=${signed}`)
    expect(createCookies({ isSecure: () => false }).readLoginNonce(plain.req)).toBe(NONCE)
    expect(createCookies().readLoginNonce(plain.req)).toBeUndefined()
  })

  it.each(['', 'x', NONCE, `${NONCE}.`, `.${signed.slice(33)}`, `${NONCE}.${'0'.repeat(40)}`, `0${signed}`])(
    'is new if the cookie is %j',
    value => {
      const { req, res } = withCookies(`__Host-wechat-login-${SUFFIX}=${value}`)
      expect(createCookies().readLoginNonce(req)).toBeUndefined()
      expect(createCookies().ensureLoginNonce(req, res)).toMatch(/^[0-9a-f]{32}$/)
      expect(setCookiesOf(res)).toHaveLength(1)
    },
  )

  it('is set for this host, signed, and accepted afterwards', () => {
    const { req, res } = createExchange()
    const nonce = createCookies().ensureLoginNonce(req, res)
    const [cookie = ''] = setCookiesOf(res)
    const value = `${nonce}.${states.sign('login nonce', nonce)}`
    expect(cookie).toBe(`__Host-wechat-login-${SUFFIX}=${value}; Path=/; HttpOnly; Secure; SameSite=Lax`)
    expect(createCookies().readLoginNonce(withCookies(cookie.split(';')[0] ?? '').req)).toBe(nonce)
  })

  it('is set without "Secure" over http', () => {
    const { req, res } = createExchange()
    createCookies({ isSecure: () => false }).ensureLoginNonce(req, res)
    expect(setCookiesOf(res)[0]).toMatch(/^wechat-login-[^;]+; Path=\/; HttpOnly; SameSite=Lax$/)
  })

  it('is cleared with the attributes with which it was set', () => {
    const { req, res } = createExchange()
    createCookies().clearLoginNonce(req, res)
    expect(setCookiesOf(res)).toEqual([
      `__Host-wechat-login-${SUFFIX}=; Path=/; Expires=Thu, 01 Jan 1970 00:00:00 GMT; HttpOnly; Secure; SameSite=Lax`,
    ])
  })
})

describe('the page of a pending login', () => {
  const id = '0123456789abcdef0123456789abcdef'
  const name = `wechat-return-${SUFFIX}-0123456789abcdef`
  const encoded = Buffer.from(PAGE).toString('base64url')
  const value = `mywb3tvk.${encoded}.${states.sign(`return ${id}`, encoded)}`

  it('is kept for eleven minutes, below the path of the login', () => {
    const { req, res } = createExchange()
    createCookies().keepReturnUrl(req, res, id, PAGE)
    expect(setCookiesOf(res)).toEqual([
      `${name}=${Date.now().toString(36)}.${value.slice(9)}; Max-Age=660; Path=/wechat/auth; ` +
        'Expires=Fri, 15 Jan 2027 08:11:00 GMT; HttpOnly; Secure; SameSite=Lax',
    ])
  })

  it('is read by its own login alone', () => {
    const { req } = withCookies(`${name}=${value}`)
    expect(createCookies().readReturnUrl(req, id)).toBe(PAGE)
    expect(createCookies().readReturnUrl(req, `${id.slice(0, 31)}0`)).toBe('')
    expect(createCookies().readReturnUrl(req, `f${id.slice(1)}`)).toBe('')
    expect(createCookies({ appId: 'wxfedcba9876543210' }).readReturnUrl(req, id)).toBe('')
  })

  it.each([
    '',
    'x',
    value.slice(9),
    `mywb3tvk.${encoded}`,
    `mywb3tvk.${encoded}.`,
    `mywb3tvk.${Buffer.from('https://evil.test/').toString('base64url')}.${value.slice(-40)}`,
    `${value}0`,
  ])('is empty if the cookie is %j', planted => {
    const { req } = withCookies(`${name}=${planted}`)
    expect(createCookies().readReturnUrl(req, id)).toBe('')
  })

  it('needs no cookie if it is the default page', () => {
    const { req, res } = createExchange()
    createCookies().keepReturnUrl(req, res, id, '')
    expect(setCookiesOf(res)).toEqual([])
  })
})

describe('the cookies of several pending logins', () => {
  const nameOf = (index: number) => `wechat-return-${SUFFIX}-${index.toString(16).padStart(16, '0')}`
  /** Cookies of this age in seconds, each of that many bytes with its name. */
  const pending = (ages: number[], bytes = 100) =>
    ages
      .map((age, index) => {
        const issuedAt = (Date.now() - age * 1_000).toString(36)
        return `${nameOf(index)}=${`${issuedAt}.`.padEnd(bytes - nameOf(index).length, 'x')}`
      })
      .join('; ')
  const keep = (cookie: string, page = '/a') => {
    const { req, res } = withCookies(cookie)
    createCookies().keepReturnUrl(req, res, 'f'.repeat(32), page)
    const texts = setCookiesOf(res)
    expect(texts.filter(text => !isCleared(text))).toHaveLength(1)
    return { cleared: texts.filter(isCleared), names: namesOf(res).slice(0, -1) }
  }

  it('are at most three: the oldest one goes', () => {
    expect(keep(pending([1, 2])).names).toEqual([])
    expect(keep(pending([2, 3, 1])).names).toEqual([nameOf(1)])
    expect(keep(pending([1, 3, 2])).names).toEqual([nameOf(1)])
    expect(keep(pending([5, 1, 4, 2])).names).toEqual([nameOf(2), nameOf(0)])
  })

  it('are cleared with the attributes with which they were set', () => {
    expect(keep(pending([1, 2, 3])).cleared).toEqual([
      `${nameOf(2)}=; Path=/wechat/auth; Expires=Thu, 01 Jan 1970 00:00:00 GMT; HttpOnly; Secure; SameSite=Lax`,
    ])
  })

  it('have at most 6,144 bytes together with the new one', () => {
    const { req, res } = createExchange()
    createCookies().keepReturnUrl(req, res, 'f'.repeat(32), '/a')
    const value = /=([^;]*)/.exec(setCookiesOf(res)[0] ?? '')?.[1] ?? ''
    const left = 6_144 - value.length - 'wechat-return-12345678-'.length
    expect(keep(pending([1], left)).names).toEqual([])
    expect(keep(pending([1], left + 1)).names).toEqual([nameOf(0)])
    expect(keep(pending([1, 2], left / 2)).names).toEqual([])
    expect(keep(pending([1, 2], left / 2 + 1)).names).toEqual([nameOf(1)])
    expect(keep(pending([1], 5_000), `/${'x'.repeat(1_500)}`).names).toEqual([nameOf(0)])
  })

  it('are cleared six at a time if hundreds are planted, the oldest ones', () => {
    const ages = Array.from({ length: 250 }, (_, index) => index)
    const { names } = keep(pending(ages, 60))
    expect(names).toEqual([244, 245, 246, 247, 248, 249].map(nameOf))
  })

  it.each([
    '',
    '0123456789abcde',
    '0123456789abcdef0',
    '0123456789abcdeg',
    'x0123456789abcdef',
    '0123456789ABCDEF',
  ])('do not count a planted cookie of another form: %j', ending => {
    const planted = `wechat-return-${SUFFIX}-${ending}=1.${'x'.repeat(7_000)}`
    expect(keep(`${planted}; ${pending([1, 2])}`).names).toEqual([])
  })

  it('do not count the cookies of another account', () => {
    const planted = [1, 2, 3].map(
      index => `wechat-return-00000000-${index.toString().padStart(16, '0')}=1.x.y`,
    )
    expect(keep(`${planted.join('; ')}; ${pending([1, 2])}`).names).toEqual([])
  })
})
