import type { Request } from 'express'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { readCookies } from '../../src/http/cookies.ts'

function read(cookie: string | undefined): Record<string, string> {
  return Object.fromEntries(readCookies({ headers: { cookie } } as Request))
}

describe('readCookies', () => {
  it.each([
    [undefined, {}],
    ['', {}],
    ['a=1; b=2', { a: '1', b: '2' }],
    ['a=1;b=2', { a: '1', b: '2' }],
    ['a=', { a: '' }],
    ['a=b=c', { a: 'b=c' }],
    ['noise; a=1', { a: '1' }],
  ])('reads the pairs of %j', (header, cookies) => {
    expect(read(header)).toEqual(cookies)
  })

  it('takes the first value of a name, which browsers send for the longest path', () => {
    expect(read('a=near; a=far')).toEqual({ a: 'near' })
    expect(read('a=; a=far')).toEqual({ a: '' })
  })

  it('keeps raw values: neither decoded nor without their quotes', () => {
    expect(read('a=s%3Aid; b="x"; c=%; d=%E8%8C')).toEqual({
      a: 's%3Aid',
      b: '"x"',
      c: '%',
      d: '%E8%8C',
    })
  })

  it('reads names that every object has as the names of cookies', () => {
    expect(readCookies({ headers: { cookie: '' } } as Request).get('constructor')).toBeUndefined()
    expect(readCookies({ headers: { cookie: '__proto__=1' } } as Request).get('__proto__')).toBe('1')
  })

  it('never throws, and gives back what a browser sends', () => {
    fc.assert(fc.property(fc.string(), header => void read(header)))
    const name = fc.stringMatching(/^[a-z]{1,8}$/)
    const value = fc.stringMatching(/^[\x21\x23-\x2b\x2d-\x3a\x3c-\x5b\x5d-\x7e]{0,40}$/)
    fc.assert(
      fc.property(fc.dictionary(name, value), cookies => {
        const header = Object.entries(cookies).map(pair => pair.join('='))
        expect(read(header.join('; '))).toEqual({ ...cookies })
      }),
    )
  })
})
