import { describe, expect, it } from 'vitest'
import { createPublicOrigin } from '../../../src/http/origin/public-origin.ts'
import { isLoginItself, parseReturnUrl, withFragment } from '../../../src/login/oauth/return-url.ts'
import { createRequest, errorOf } from '../../support/plain-exchange.ts'

const own = 'https://h5.example.com'
const listed = 'https://m.example.com'
const publicOrigin = createPublicOrigin('test', {
  publicUrl: `${own}/WeChat`,
  allowedOrigins: [listed, 'http://old.example.com'],
})
const req = createRequest({ baseUrl: '/WeChat' })
const parse = (page: string, base?: string) => parseReturnUrl(publicOrigin, req, page, base)
const refusal = (page: string) => errorOf(() => parse(page))

describe('the page to return to', () => {
  it.each([
    ['/', `${own}/`],
    ['/a/b?c=d&e=f#g', `${own}/a/b?c=d&e=f#g`],
    [`${own}/a`, `${own}/a`],
    [`HTTPS://H5.Example.com:443/a`, `${own}/a`],
    [`${listed}/a`, `${listed}/a`],
    ['http://old.example.com/a', 'http://old.example.com/a'],
    ['/..//evil.test', `${own}//evil.test`],
    ['/%2e%2e//evil.test', `${own}//evil.test`],
    ['/a?next=//evil.test', `${own}/a?next=//evil.test`],
    ['/a b', `${own}/a%20b`],
    ['/a\u3000b', `${own}/a%E3%80%80b`],
    ['/中', `${own}/%E4%B8%AD`],
    ['/a%0d%0aSet-Cookie:b=c', `${own}/a%0d%0aSet-Cookie:b=c`],
  ])('of %j is %s', (page, href) => {
    expect(parse(page)).toBe(href)
  })

  it('is below another base if the login began at another host', () => {
    expect(parse('/a', listed)).toBe(`${listed}/a`)
    expect(parse(`${own}/a`, listed)).toBe(`${own}/a`)
  })

  it.each([
    ['no acceptable address', ['', `/${'a'.repeat(2_048)}`, 'https://', 'https://%', 'https://[::1/']],
    [
      'characters that browsers change',
      [
        '/\\evil.test',
        '\\/evil.test',
        '/a\tb',
        '/a\nb',
        '/a\rb',
        '/a\0b',
        '/a\x7fb',
        '/a\x85b',
        '/\u00a0',
        '/\ufeff',
        '/\u2028',
      ],
    ],
    [
      'neither a path nor a web address',
      [
        '//evil.test',
        '///evil.test',
        ' //evil.test',
        'a',
        '?a',
        'javascript:alert(1)',
        'data:text/html,x',
        'ftp://h5.example.com/',
        'https:/h5.example.com/',
        'https:h5.example.com',
        'blob:https://h5.example.com/x',
        'x/a',
        'xhttps://h5.example.com/',
      ],
    ],
    [
      'a user name',
      [
        'https://user@h5.example.com/',
        'https://:password@h5.example.com/',
        'https://h5.example.com@evil.test/',
      ],
    ],
    [
      'an origin that is not allowed',
      [
        'https://evil.test/',
        'https://h5.example.com.evil.test/',
        'https://evilh5.example.com/',
        'http://h5.example.com/',
        'https://h5.example.com:8443/',
        'https://example.com/',
        'http://m.example.com/',
        'https://127.0.0.1/',
        'https://xn--a/',
      ],
    ],
    ['too long', [`/${'中'.repeat(400)}`]],
    [
      'the login itself',
      [
        '/wechat/auth',
        '/WeChat/AUTH/',
        '/wechat/auth/code?code=x',
        `${own}/wechat/auth?state=/`,
        '/a/../wechat/auth',
      ],
    ],
  ])('is refused because of %s', (reason, pages) => {
    for (const page of pages) {
      expect(refusal(page), page).toMatchObject({
        code: 'bad_return_url',
        status: 400,
        message: expect.stringContaining(`The page to return to is not acceptable: ${reason}. `),
      })
    }
  })

  it('may be 2,048 characters long, as it came and as it is sent', () => {
    const longest = `${own}/`.padEnd(2_048, 'a')
    expect(parse(longest)).toBe(longest)
    expect(refusal(`${longest}a`).message).toContain('no acceptable address')
    const path = longest.slice(own.length)
    expect(parse(path)).toBe(longest)
    expect(refusal(`${path}a`).message).toContain('too long')
  })

  it('may be beside the login, or a page of that path at another origin', () => {
    expect(parse('/wechat/authors')).toBe(`${own}/wechat/authors`)
    expect(parse('/wechat/')).toBe(`${own}/wechat/`)
    expect(parse(`${listed}/wechat/auth`)).toBe(`${listed}/wechat/auth`)
  })
})

describe('isLoginItself', () => {
  it.each([
    ['/wechat/auth', true],
    ['/WECHAT/auth/', true],
    ['/wechat/auth/user', true],
    ['/wechat/authors', false],
    ['/x/wechat/auth', false],
    ['/auth', false],
  ])('of %s is %s', (path, isLogin) => {
    expect(isLoginItself(publicOrigin, req, new URL(path, own))).toBe(isLogin)
    expect(isLoginItself(publicOrigin, req, new URL(path, listed))).toBe(false)
    // A login that begins at another host of the service has an address there, too.
    expect(isLoginItself(publicOrigin, req, new URL(path, listed), listed)).toBe(isLogin)
    expect(isLoginItself(publicOrigin, req, new URL(path, own), listed)).toBe(isLogin)
  })

  const ticket = 'aB3_-'.padEnd(64, 'x')

  it('is false for the page on which a phone confirms a login, at the own origin alone', () => {
    const path = `/wechat/auth/scan/${ticket}`
    expect(parse(`/WeChat/auth/scan/${ticket}`)).toBe(`${own}/WeChat/auth/scan/${ticket}`)
    expect(isLoginItself(publicOrigin, req, new URL(path, own), listed)).toBe(false)
    expect(isLoginItself(publicOrigin, req, new URL(path, listed), listed)).toBe(true)
  })

  it.each([
    ticket.slice(1),
    `${ticket}x`,
    `${ticket}/`,
    `${ticket}/state`,
    `${ticket.slice(1)}.`,
    `x/${ticket}`,
  ])('is true for the path /auth/scan/%s, which is no such page', tail => {
    expect(isLoginItself(publicOrigin, req, new URL(`/wechat/auth/scan/${tail}`, own))).toBe(true)
  })
})

describe('withFragment', () => {
  it('adds an empty fragment to an address without one', () => {
    expect(withFragment('https://h5.example.com/a')).toBe('https://h5.example.com/a#')
    expect(withFragment('https://h5.example.com/a#/route')).toBe('https://h5.example.com/a#/route')
  })
})
