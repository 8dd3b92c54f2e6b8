import { once } from 'node:events'
import express from 'express'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { z } from 'zod'
import {
  assertOwnPage,
  createPublicOrigin,
  originOptionsShape,
  type WechatOriginOptions,
} from '../../../src/http/origin/public-origin.ts'
import { parseOptions } from '../../../src/util/parse-options.ts'
import { createRequest, errorOf } from '../../support/plain-exchange.ts'
import { keepWarnings } from '../../support/warning.ts'

afterEach(() => void vi.unstubAllEnvs())

const own = 'https://h5.example.com'
const listed = 'https://m.example.com'
const create = (options: WechatOriginOptions = {}) => createPublicOrigin('someRouter', options)
const trusting = express().set('trust proxy', 1)
const request = (host = 'h5.example.com', headers: Record<string, string> = {}, baseUrl = '/wechat') =>
  createRequest({ app: trusting, baseUrl, headers: { host, ...headers } })
/** A message without its link to the documentation. */
const withoutLink = (message: string) => message.replace(/ \(docs\/errors\.md#\w+\)$/, '')
const complaintOf = (run: () => unknown) => withoutLink(errorOf(run).message)

describe('the origin of this service', () => {
  it('is that of publicUrl, whatever the request says', () => {
    const origin = create({ publicUrl: `${own}:443/wechat` })
    const req = request('evil.test', { 'x-forwarded-host': 'evil.test' })
    expect(origin.get(req)).toBe(own)
    expect(origin.isSecure(req)).toBe(true)
    expect(create({ publicUrl: 'http://h5.example.com' }).isSecure(req)).toBe(false)
  })

  it("is the request's own without publicUrl", () => {
    const req = request('a.test:8080')
    expect(create().get(req)).toBe('http://a.test:8080')
    expect(create().isSecure(req)).toBe(false)
    expect(create().isSecure(request('a.test', { 'x-forwarded-proto': 'https' }))).toBe(true)
  })

  it('is read from the environment if the option is left out', () => {
    vi.stubEnv('WECHAT_PUBLIC_URL', 'https://env.example.com/w')
    vi.stubEnv('WECHAT_ALLOWED_ORIGINS', ` ${listed}/ ,, https://n.example.com`)
    const origin = create()
    expect(origin.get(request())).toBe('https://env.example.com')
    expect(origin.isAllowed(request(), listed)).toBe(true)
    expect(origin.isAllowed(request(), 'https://n.example.com')).toBe(true)
    expect(create({ publicUrl: own, allowedOrigins: [] }).get(request())).toBe(own)
    expect(create({ allowedOrigins: [] }).hasOthers).toBe(false)
    vi.stubEnv('WECHAT_PUBLIC_URL', '')
    vi.stubEnv('WECHAT_ALLOWED_ORIGINS', ' ')
    expect(create().get(request())).toBe('http://h5.example.com')
    expect(create().hasOthers).toBe(false)
  })

  it('of a request is warned of once per factory, in production', async () => {
    const texts = keepWarnings()
    create().get(request())
    vi.stubEnv('NODE_ENV', 'production')
    const origin = create()
    for (let index = 0; index < 3; index++) origin.get(request())
    create({ publicUrl: own }).get(request())
    expect((await texts()).map(withoutLink)).toEqual([
      'someRouter: no "publicUrl" (WECHAT_PUBLIC_URL) is set, so addresses are made from the Host header of requests',
    ])
  })
})

describe('allowed origins', () => {
  const origin = create({
    publicUrl: `${own}/wechat`,
    allowedOrigins: [`${listed}/`, 'http://m.example.com'],
  })

  it('are the own one and those of the list, exactly', () => {
    for (const allowed of [own, listed, 'http://m.example.com']) {
      expect(origin.isAllowed(request(), allowed), allowed).toBe(true)
    }
    for (const foreign of [
      'https://evil.test',
      'http://h5.example.com',
      `${own}:8443`,
      `${listed}/`,
      'null',
      '',
      'https://a.m.example.com',
    ]) {
      expect(origin.isAllowed(request(), foreign), foreign).toBe(false)
    }
    expect(origin.hasOthers).toBe(true)
    expect(create({ publicUrl: own }).hasOthers).toBe(false)
  })

  it('may read answers, except an http origin of an https site', () => {
    expect(origin.mayRead(listed)).toBe(true)
    expect(origin.mayRead(own)).toBe(false)
    expect(origin.mayRead('http://m.example.com')).toBe(false)
    const plain = create({ publicUrl: 'http://h5.example.com', allowedOrigins: ['http://m.example.com'] })
    expect(plain.mayRead('http://m.example.com')).toBe(true)
    expect(create({ allowedOrigins: ['http://m.example.com'] }).mayRead('http://m.example.com')).toBe(true)
  })

  it.each([
    ['*'],
    ['https://*.example.com'],
    ['m.example.com'],
    ['https://m.example.com/path'],
    ['https://m.example.com?a'],
    ['https://M.example.com'],
    ['ftp://m.example.com'],
    ['xhttps://m.example.com'],
    ['null'],
    [''],
  ])('are refused by the factory if one is %j', text => {
    expect(complaintOf(() => create({ allowedOrigins: [text] }))).toBe(
      `someRouter: "allowedOrigins" must be origins such as "https://m.example.com", got "${text}"`,
    )
  })

  it('are refused without repeating a password, and by the name of the variable', () => {
    const refusal = complaintOf(() => create({ allowedOrigins: ['https://user:password@m.example.com'] }))
    expect(refusal).toBe('someRouter: "allowedOrigins" must be origins such as "https://m.example.com"')
    vi.stubEnv('WECHAT_ALLOWED_ORIGINS', 'm.example.com')
    expect(complaintOf(() => create())).toMatch(/^someRouter: "WECHAT_ALLOWED_ORIGINS" must be origins/)
  })
})

describe('publicUrl', () => {
  it.each([
    'h5.example.com',
    'ftp://h5.example.com/',
    'https://user@h5.example.com/',
    'https://:password@h5.example.com/',
    'https://h5.example.com/?a=b',
    'https://h5.example.com/#a',
    '',
  ])('is refused by the factory if it is %j', publicUrl => {
    expect(complaintOf(() => create({ publicUrl }))).toBe(
      'someRouter: "publicUrl" must be an address such as "https://m.example.com/wechat"' +
        (publicUrl.includes('@') ? '' : `, got "${publicUrl}"`),
    )
  })

  it.each(['https://h5.example.com/wechat/auth/code', 'https://h5.example.com/AUTH/CODE//'])(
    'is refused if it is the address of the callback: %s',
    publicUrl => {
      expect(complaintOf(() => create({ publicUrl }))).toBe(
        'someRouter: "publicUrl" must be the address of the router, not of its callback: leave out "/auth/code", ' +
          `got "${publicUrl}"`,
      )
    },
  )

  it('may have a path that only resembles that of the callback', () => {
    for (const path of ['/xauth/code', '/auth/codes', '/auth/code/x']) {
      expect(create({ publicUrl: own + path }).get(request())).toBe(own)
    }
  })

  it('is named by its variable if it comes from the environment', () => {
    vi.stubEnv('WECHAT_PUBLIC_URL', 'h5.example.com')
    expect(complaintOf(() => create())).toMatch(/^someRouter: "WECHAT_PUBLIC_URL" must be an address/)
  })
})

describe('the path of the mount', () => {
  it("is publicUrl's, without a slash at its end", () => {
    expect(create({ publicUrl: `${own}/outside/wechat//` }).basePath(request())).toBe('/outside/wechat')
    expect(create({ publicUrl: own }).basePath(request(undefined, {}, ''))).toBe('')
  })

  it('is warned of once if it is not the end of publicUrl', async () => {
    const texts = keepWarnings()
    create({ publicUrl: `${own}/outside/WeChat` }).basePath(request())
    const origin = create({ publicUrl: `${own}/other` })
    for (let index = 0; index < 3; index++) expect(origin.basePath(request())).toBe('/other')
    expect((await texts()).map(withoutLink)).toEqual([
      'someRouter: the path of "publicUrl" (WECHAT_PUBLIC_URL) does not end in the path at which the router is mounted, which is right only if a proxy maps one to the other',
    ])
  })

  it.each([
    '',
    '/wechat',
    '/a/b',
    '/a%20b',
    "/a.b_c~d!e$f&g'h(i)j*k+l,m=n:o@p-q",
    '/...',
    '/.a',
    '/a./b',
    '/a..b',
  ])('is %j as the request has it', baseUrl => {
    expect(create().basePath(request(undefined, {}, baseUrl))).toBe(baseUrl)
  })

  it.each([
    '/',
    '//evil.test',
    '/a/',
    '/a//b',
    '/a;b',
    '/a b',
    '/a%2',
    '/a%zz',
    '/a%g0',
    '/a%0g',
    '/.',
    '/..',
    '/a/../b',
    '/a/./b',
    '/a\\b',
    'a',
    'x/a',
    '/a\n',
    '/中',
  ])('is refused if it is %j', baseUrl => {
    expect(errorOf(() => create().basePath(request(undefined, {}, baseUrl)))).toMatchObject({
      code: 'bad_mount_path',
      status: 400,
    })
  })
})

describe('a login that begins at another host', () => {
  const origin = create({ publicUrl: `${own}/wechat`, allowedOrigins: [listed, 'http://m.example.com'] })
  const https = { 'x-forwarded-proto': 'https' }
  const http = { 'x-forwarded-proto': 'http' }

  it('is at an origin of the list', () => {
    expect(origin.findOtherHost(request('m.example.com', https))).toBe(listed)
    expect(origin.findOtherHost(request('h5.example.com', https))).toBeUndefined()
    expect(origin.findOtherHost(request('evil.test', https))).toBeUndefined()
    expect(origin.findOtherHost(request('a b', https))).toBeUndefined()
    expect(
      create({ allowedOrigins: [listed] }).findOtherHost(request('m.example.com', https)),
    ).toBeUndefined()
  })

  it('is the own host if the list names it too', () => {
    const both = create({ publicUrl: own, allowedOrigins: [own, listed] })
    expect(both.findOtherHost(request('h5.example.com', https))).toBeUndefined()
  })

  it('counts over http only if a trusted proxy says that the browser came by http', () => {
    expect(origin.findOtherHost(request('m.example.com'))).toBeUndefined()
    expect(origin.findOtherHost(request('m.example.com', http))).toBe('http://m.example.com')
    const plain = create({ publicUrl: 'http://h5.example.com', allowedOrigins: ['http://m.example.com'] })
    expect(plain.findOtherHost(request('m.example.com'))).toBe('http://m.example.com')
  })

  it('is downgraded if publicUrl is https and the browser came by http', () => {
    expect(origin.isDowngraded(request('h5.example.com', http))).toBe(true)
    expect(origin.isDowngraded(request('h5.example.com', https))).toBe(false)
    expect(origin.isDowngraded(request())).toBe(false)
    expect(create({ publicUrl: 'http://h5.example.com' }).isDowngraded(request(undefined, http))).toBe(false)
    expect(create().isDowngraded(request(undefined, http))).toBe(false)
  })
})

describe('assertOwnPage', () => {
  const origin = create({ publicUrl: own, allowedOrigins: [listed] })
  const check = (headers: Record<string, string>) => () => assertOwnPage(origin, request(undefined, headers))

  it('accepts the own pages, listed ones, and requests without an Origin header', () => {
    for (const headers of [{}, { origin: own }, { origin: listed }]) expect(check(headers)).not.toThrow()
  })

  it.each(['https://evil.test', 'null', '', `${own}/`])('refuses the Origin %j with 403', origin => {
    expect(errorOf(check({ origin }))).toMatchObject({ code: 'origin_not_allowed', status: 403 })
  })
})

describe('warnAboutForeignOrigin', () => {
  async function warningsAbout(origins: string[]): Promise<string[]> {
    const warnings = keepWarnings()
    const { warnAboutForeignOrigin } = create({ publicUrl: own })
    for (const origin of origins) warnAboutForeignOrigin(request(), origin)
    return warnings()
  }

  it('names the refused origin, the own one, and the two options, once for each origin', async () => {
    expect((await warningsAbout([listed, listed])).map(withoutLink)).toEqual([
      `someRouter: a page of ${listed} was refused, because this router is at ${own}. If the page is yours, add its ` +
        'origin to "allowedOrigins" (WECHAT_ALLOWED_ORIGINS). If a proxy or a development server serves this router at ' +
        'that origin, set "publicUrl" (WECHAT_PUBLIC_URL)',
    ])
  })

  it('has the code foreign_origin', async () => {
    const warned = once(process, 'warning')
    create({ publicUrl: own }).warnAboutForeignOrigin(request(), listed)
    expect(await warned).toMatchObject([{ name: 'WechatWarning', code: 'foreign_origin' }])
  })

  it('warns about the first three origins alone, so that an attacker can fill no log', async () => {
    const origins = ['https://a.test', 'https://b.test', 'https://c.test', 'https://d.test']
    const warnings = await warningsAbout(origins)
    expect(warnings.map(text => /a page of (\S+) was/.exec(text)?.[1])).toEqual(origins.slice(0, 3))
  })

  it('warns about origins of at most 260 characters', async () => {
    const longest = 'https://'.padEnd(260, 'a')
    expect(await warningsAbout([`${longest}a`])).toEqual([])
    expect(await warningsAbout([longest])).toHaveLength(1)
  })
})

describe('the options', () => {
  const complaint = (options: object) =>
    complaintOf(() => parseOptions('someRouter', z.strictObject(originOptionsShape), options))

  it('are checked by their types', () => {
    expect(complaint({ publicUrl: 1 })).toBe('someRouter: "publicUrl" must be a URL')
    expect(complaint({ allowedOrigins: listed })).toBe(
      'someRouter: "allowedOrigins" must be a list of origins',
    )
    expect(complaint({ allowedOrigins: [1] })).toMatch(/^someRouter: "allowedOrigins.*" must be an origin$/)
  })
})
