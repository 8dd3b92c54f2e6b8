import { describe, expect, it } from 'vitest'
import { createCookieJar } from '../../../src/cli/doctor/site/cookie-jar.ts'

const page = new URL('https://m.example.com/wechat/auth')

function headerAfter(setCookie: string, url = page, from = page): string | undefined {
  const jar = createCookieJar()
  jar.store(from, [setCookie])
  return jar.header(url)
}

describe('the cookie jar', () => {
  it.each([
    ['a=1', 'https://m.example.com/wechat/auth/code', 'a=1'],
    ['a=1', 'https://m.example.com/other', undefined],
    ['a=1; Path=/', 'https://m.example.com/other', 'a=1'],
    ['a=1; Path=/wechat', 'https://m.example.com/wechats', undefined],
    ['a=1; Path=/', 'https://h5.m.example.com/', undefined],
    ['a=1; Path=/; Domain=example.com', 'https://h5.example.com/', 'a=1'],
    ['a=1; Path=/; Secure', 'http://m.example.com/', undefined],
    ['a=1; Path=/; Max-Age=0', 'https://m.example.com/', undefined],
    ['a=1; Path=/; Expires=Thu, 01 Jan 1970 00:00:00 GMT', 'https://m.example.com/', undefined],
    ['__Host-a=%20=; Path=/; Secure', 'https://m.example.com/', '__Host-a=%20='],
  ])('%s reaches %s as %s', (setCookie, url, header) => {
    expect(headerAfter(setCookie, new URL(url))).toBe(header)
  })

  it.each([
    ['a=1; Domain=other.example', 'other-domain'],
    ['a=1; Domain=ple.com', 'other-domain'],
    ['__Host-a=1; Path=/', 'bad-prefix'],
    ['__Host-a=1; Path=/wechat; Secure', 'bad-prefix'],
    ['__Host-a=1; Path=/; Secure; Domain=m.example.com', 'bad-prefix'],
  ])('refuses %s as %s', (setCookie, why) => {
    const jar = createCookieJar()
    expect(jar.store(page, [setCookie])).toHaveLength(1)
    expect(jar.refused).toMatchObject([{ why }])
    expect(jar.header(page)).toBeUndefined()
  })

  it('keeps a Secure cookie from no plain http', () => {
    const jar = createCookieJar()
    jar.store(new URL('http://m.example.com/'), ['a=1; Secure'])
    expect(jar.refused).toEqual([{ name: 'a', why: 'secure-over-http' }])
  })

  it('keeps Strict cookies away from a redirect of another site', () => {
    const jar = createCookieJar()
    jar.store(page, ['a=1; Path=/; SameSite=Strict', 'b=2; Path=/; SameSite=Lax'])
    expect(jar.header(page, true)).toBe('b=2')
    expect(jar.header(page)).toBe('a=1; b=2')
  })

  it('forgets the cookies of a host that are cleared, and no others', () => {
    const jar = createCookieJar()
    const other = new URL('https://h5.example.com/')
    jar.store(page, ['a=1; Path=/'])
    jar.store(other, ['b=2; Path=/'])
    jar.clear(page)
    expect([jar.header(page), jar.header(other)]).toEqual([undefined, 'b=2'])
  })
})
