import express from 'express'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import {
  createOriginReader,
  findRequestOrigin,
  isKnownPlainHttp,
  readForwardedPrefix,
  readRequestOrigin,
} from '../../../src/http/origin/request-origin.ts'
import { createRequest, errorOf, type PlainRequest } from '../../support/plain-exchange.ts'

const trusting = express().set('trust proxy', 1)
const fromProxy = (headers: Record<string, string>, request: PlainRequest = {}) =>
  createRequest({ app: trusting, headers: { host: 'inner:8080', ...headers }, ...request })

describe("the request's own origin", () => {
  it('is the Host header with its port, and the scheme of the connection', () => {
    expect(readRequestOrigin(createRequest({ headers: { host: 'h5.example.com:8443' } }))).toBe(
      'http://h5.example.com:8443',
    )
    expect(readRequestOrigin(createRequest({ headers: { host: 'H5.example.com:443' }, isTls: true }))).toBe(
      'https://h5.example.com',
    )
    expect(readRequestOrigin(createRequest({ headers: { host: '[::1]:3000' } }))).toBe('http://[::1]:3000')
    expect(readRequestOrigin(createRequest({ headers: { host: 'a_b.example.com' } }))).toBe(
      'http://a_b.example.com',
    )
  })

  it('ignores forwarded headers of a client that is no trusted proxy', () => {
    const headers = { host: 'h5.example.com', 'x-forwarded-host': 'evil.test', 'x-forwarded-proto': 'https' }
    expect(readRequestOrigin(createRequest({ headers }))).toBe('http://h5.example.com')
    const app = express().set('trust proxy', '10.0.0.1')
    expect(readRequestOrigin(createRequest({ headers, app, remoteAddress: '10.0.0.2' }))).toBe(
      'http://h5.example.com',
    )
    expect(readRequestOrigin(createRequest({ headers, app, remoteAddress: '10.0.0.1' }))).toBe(
      'https://evil.test',
    )
  })

  it('is the first forwarded host and scheme behind a trusted proxy', () => {
    const headers = { 'x-forwarded-host': ' h5.example.com:8443 , inner', 'x-forwarded-proto': 'HTTPS' }
    expect(readRequestOrigin(fromProxy(headers))).toBe('https://h5.example.com:8443')
  })

  it('is the Host header if a trusted proxy forwards none, or an empty one', () => {
    expect(readRequestOrigin(fromProxy({}))).toBe('http://inner:8080')
    expect(readRequestOrigin(fromProxy({ 'x-forwarded-host': ' , outer' }))).toBe('http://inner:8080')
  })

  it.each([
    '',
    ' ',
    'a b',
    'evil.test/',
    'evil.test?',
    'user@evil.test',
    'a,b',
    'a\\b',
    'x:99999',
    '[::1',
    '中.test',
    'a\nb',
    '/a',
    'a/',
  ])('is refused if the Host header is %j', host => {
    const req = createRequest({ headers: { host } })
    expect(errorOf(() => readRequestOrigin(req))).toMatchObject({ code: 'bad_host', status: 400 })
    expect(findRequestOrigin(req)).toBeUndefined()
  })

  it('is refused if there is no Host header', () => {
    expect(errorOf(() => readRequestOrigin(createRequest({ headers: {} })))).toMatchObject({
      code: 'bad_host',
    })
    expect(findRequestOrigin(createRequest())).toBe('http://h5.example.com')
  })

  it.each(['https://evil.test/?', 'ws', 'javascript', 'httpss', 'xhttp'])(
    'is refused if a trusted proxy forwards the scheme %j',
    proto => {
      const req = fromProxy({ 'x-forwarded-proto': proto })
      expect(errorOf(() => readRequestOrigin(req))).toMatchObject({
        code: 'bad_forwarded_proto',
        status: 400,
      })
    },
  )
})

describe('isKnownPlainHttp', () => {
  it('is true only if a trusted proxy says so', () => {
    expect(isKnownPlainHttp(fromProxy({ 'x-forwarded-proto': 'http' }))).toBe(true)
    expect(isKnownPlainHttp(fromProxy({ 'x-forwarded-proto': ' HTTP , https' }))).toBe(true)
    expect(isKnownPlainHttp(fromProxy({ 'x-forwarded-proto': 'https, http' }))).toBe(false)
    expect(isKnownPlainHttp(fromProxy({}))).toBe(false)
    expect(isKnownPlainHttp(createRequest({ headers: { 'x-forwarded-proto': 'http' } }))).toBe(false)
  })

  it('is false in a server without Express settings', () => {
    const app = express()
    app.set('trust proxy fn', undefined)
    expect(isKnownPlainHttp(createRequest({ app, headers: { 'x-forwarded-proto': 'http' } }))).toBe(false)
    app.set('trust proxy fn', () => 1)
    expect(isKnownPlainHttp(createRequest({ app, headers: { 'x-forwarded-proto': 'http' } }))).toBe(false)
  })

  it('asks about the connection itself, which is the nearest proxy', () => {
    const app = express()
    app.set('trust proxy fn', (address: string, distance: number) => address === '10.0.0.1' && distance === 0)
    const headers = { 'x-forwarded-proto': 'http' }
    expect(isKnownPlainHttp(createRequest({ app, headers, remoteAddress: '10.0.0.1' }))).toBe(true)
  })
})

describe('the forwarded prefix', () => {
  const prefix = (text: string) =>
    readForwardedPrefix(createRequest({ headers: { 'x-forwarded-prefix': text } }))

  it.each(['/a', '/a/b-c/d.e/f~g_H0', '/.a', '/...', '/..a', `/${'a'.repeat(255)}`])('may be %s', text => {
    expect(prefix(text)).toBe(text)
  })

  it.each([
    '',
    '/',
    'a',
    '/a/',
    '//a',
    '/a//b',
    '/.',
    '/..',
    '/a/../b',
    '/a/./b',
    '/a b',
    '/a?b',
    '/%2e',
    'x/a',
    '/a\n',
    `/${'a'.repeat(256)}`,
  ])('is ignored if it is %j', text => {
    expect(prefix(text)).toBeUndefined()
  })

  it('is undefined without the header', () => {
    expect(readForwardedPrefix(createRequest({ headers: {} }))).toBeUndefined()
  })
})

describe('createOriginReader', () => {
  it('gives each request its own origin, also after one with another address', () => {
    const read = createOriginReader()
    for (const host of ['a.test', 'a.test', 'b.test:8080', 'a.test']) {
      expect(read(createRequest({ headers: { host } }))).toBe(`http://${host}`)
    }
    expect(read(createRequest({ headers: { host: 'a.test' }, isTls: true }))).toBe('https://a.test')
  })

  it('refuses a bad host each time, and keeps nothing of it', () => {
    const read = createOriginReader()
    for (const host of ['', 'a b', 'a b']) {
      expect(errorOf(() => read(createRequest({ headers: { host } })))).toMatchObject({ code: 'bad_host' })
    }
    expect(read(createRequest({ headers: { host: 'a.test' } }))).toBe('http://a.test')
  })

  it('parses an address only if it is not the last one', () => {
    const read = createOriginReader()
    const parse = vi.spyOn(URL, 'parse')
    onTestFinished(() => parse.mockRestore())
    for (const host of ['a.test', 'a.test', 'b.test', 'b.test']) read(createRequest({ headers: { host } }))
    expect(parse).toHaveBeenCalledTimes(2)
  })
})
