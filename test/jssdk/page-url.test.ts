import { describe, expect, it } from 'vitest'
import { createPublicOrigin } from '../../src/http/origin/public-origin.ts'
import { readPageUrl } from '../../src/jssdk/page-url.ts'
import { createRequest, errorOf } from '../support/plain-exchange.ts'

const own = 'https://h5.example.com'
const publicOrigin = createPublicOrigin('test', {
  publicUrl: own,
  allowedOrigins: ['http://m.example.com:8080'],
})
const req = createRequest()
const read = (body: object) => readPageUrl(publicOrigin, req, { ...body })
const refusal = (body: object) =>
  errorOf(() => readPageUrl(publicOrigin, req, body as Record<string, unknown>))

describe('the URL of the page to sign', () => {
  it.each([
    own,
    `${own}/`,
    `${own}/a?b=c&d=%20`,
    `${own}?a`,
    `${own}/中`,
    `${own}/a?timestamp=1&noncestr=x&jsapi_ticket=y`,
    'http://m.example.com:8080/a',
  ])('is signed as %s was sent', url => {
    expect(read({ url })).toBe(url)
  })

  it('is signed without its fragment', () => {
    expect(read({ url: `${own}/a#b` })).toBe(`${own}/a`)
    expect(read({ url: `${own}/a#/x?y#z` })).toBe(`${own}/a`)
  })

  it.each([
    {},
    { url: 1 },
    { url: null },
    { url: [own] },
    { url: { toString: () => own } },
    Object.create({ url: own }),
  ])('is refused if it is missing or no string', body => {
    expect(refusal(body)).toMatchObject({
      code: 'bad_page_url',
      status: 400,
      userMessage: '缺少页面地址 url',
      message: expect.stringContaining('"url" is missing or no string'),
    })
  })

  it.each([
    '',
    '#a',
    'a',
    '/a',
    '//h5.example.com/',
    'https://',
    'https://%',
    'javascript:alert(1)',
    'weixin://dl',
    'blob:https://h5.example.com/x',
    'xhttps://h5.example.com/',
    'ftp://h5.example.com/',
    `${own}/a b`,
    `${own}/a\tb`,
    `${own}/a\nb`,
    `${own}/\0`,
    `${own}/\x7f`,
    ` ${own}/`,
    `${own}/${'a'.repeat(2_048)}`,
  ])('is refused if it is no address of a page: %j', url => {
    expect(refusal({ url })).toMatchObject({
      code: 'bad_page_url',
      status: 400,
      userMessage: '页面地址 url 不正确',
    })
  })

  it.each([
    'https://evil.test/',
    'http://h5.example.com/',
    'https://h5.example.com:8443/',
    'https://h5.example.com.evil.test/',
    'https://h5.example.com@evil.test/',
    'https://user@h5.example.com/',
    'https://H5.example.com/',
    'HTTPS://h5.example.com/',
    'https://h5.example.com:443/',
    'https:\\\\h5.example.com/',
    'https://h5.example.com\\a',
    'https:h5.example.com/',
    'http://m.example.com/',
  ])('is refused if its origin is another one, or spelled in another way: %s', url => {
    expect(refusal({ url })).toMatchObject({ code: 'page_origin_not_allowed', status: 403 })
  })

  it('may be 2,048 characters long, without its fragment', () => {
    const longest = `${own}/`.padEnd(2_048, 'a')
    expect(read({ url: `${longest}#b` })).toBe(longest)
    expect(refusal({ url: `${longest}a` })).toMatchObject({ code: 'bad_page_url' })
  })
})
