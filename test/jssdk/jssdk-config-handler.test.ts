import { createHash } from 'node:crypto'
import { gzipSync } from 'node:zlib'
import express, { type Express, type RequestHandler } from 'express'
import { jssdkConfigHandler, signJssdkConfig } from 'express-wechat'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { closeSites, errorBody, type Site, startSite } from '../support/site.ts'

let site: Site
beforeAll(async () => {
  site = await startSite({
    origin: 'https://h5.example.com',
    router: { allowedOrigins: ['https://shop.example.com', 'http://old.example.com:8080'] },
  })
})
afterAll(closeSites)

const TYPES = [
  'application/json',
  'text/plain;charset=UTF-8',
  'application/x-www-form-urlencoded',
  'application/octet-stream',
  'nonsense',
  undefined,
]

function post(target: Site, body: string | Buffer, headers: Record<string, string | undefined> = {}) {
  return target.visitor().open(`${target.base}/offiaccount/jssdk`, { method: 'POST', body, headers })
}

const sign = (url: unknown) => post(site, JSON.stringify({ url }), { 'content-type': 'text/plain' })

function expectSignature(json: unknown, target: Site, url: string): void {
  expect(json).toEqual({
    appid: target.wechat.appId,
    timestamp: expect.any(Number),
    noncestr: expect.stringMatching(/^[0-9a-f]{16}$/),
    signature: expect.stringMatching(/^[0-9a-f]{40}$/),
  })
  const { noncestr, timestamp, signature } = json as Record<string, string>
  const text = `jsapi_ticket=${target.wechat.currentJsapiTicket}&noncestr=${noncestr}&timestamp=${timestamp}&url=${url}`
  expect(createHash('sha1').update(text).digest('hex')).toBe(signature)
}

describe('the signature', () => {
  const ticket = 'sM4AOVdWfPE4DxkXGEs8VMCPGGVi4C3VM0P37wVUCFvkVAy_90u5h9nbSlYy3-Sl-HhTdfl2fzFy1AOcHKP7qg'
  const fixed = { noncestr: 'Wm3WZYTPz0wzccnW', timestamp: 1_414_587_457 }

  it.each([
    ['http://mp.weixin.qq.com?params=value', '0f9de62fce790f9a083d5c99e95740ceb90c27ed'],
    ['http://mp.weixin.qq.com/?params=value', 'f50191877b62b116ef830363a3a613ed652a2d5d'],
    ['https://example.com/a%20b?q=%E5%BE%AE%E4%BF%A1&r=%26', 'e4fde642bc1fd32e97553e9283b903ec3643a136'],
  ])('of %s equals the published vector', (url, signature) => {
    expect(signJssdkConfig({ appId: 'wx1', jsapiTicket: ticket, pageUrl: url, ...fixed })).toEqual({
      appid: 'wx1',
      ...fixed,
      signature,
    })
  })

  it.each([
    'https://h5.example.com',
    'https://h5.example.com/',
    'https://h5.example.com?x=1',
    'https://h5.example.com/a%20b?q=%E5%BE%AE%E4%BF%A1&r=%26',
    'https://h5.example.com/中',
    'https://h5.example.com/%E4%B8%AD',
    'https://h5.example.com/%e4%b8%ad',
    'https://h5.example.com/?a=1&timestamp=1&noncestr=x&jsapi_ticket=y',
    'https://h5.example.com/a/../b//c?path=C:\\x|y"z',
    'https://shop.example.com/other',
    'http://old.example.com:8080/listed',
  ])("is of the page's URL character by character: %s", async url => {
    expectSignature((await sign(url)).json, site, url)
  })

  it.each(['#', '#top', '#/route?x=y', '#a#b'])('leaves the fragment %s out', async fragment => {
    const url = 'https://h5.example.com/a?b=1'
    expectSignature((await sign(url + fragment)).json, site, url)
  })

  it('reads the url alone from the body, and forbids caches', async () => {
    const body = `{"url":"https://h5.example.com/","noncestr":"n","timestamp":1,"ticket":"t","appid":"wx1","__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}}}`
    const { json, headers } = await post(site, body)
    expectSignature(json, site, 'https://h5.example.com/')
    expect(json).not.toMatchObject({ noncestr: 'n' })
    expect(({} as Record<string, unknown>).polluted).toBeUndefined()
    expect(headers['cache-control']).toBe('no-store')
    expect(headers['access-control-allow-origin']).toBeUndefined()
  })

  it('fetches one ticket for many pages', async () => {
    const fresh = await startSite()
    const body = JSON.stringify({ url: `${fresh.origin}/` })
    for (let round = 0; round < 2; round++) {
      const answers = await Promise.all(Array.from({ length: 100 }, () => post(fresh, body)))
      expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]))
    }
    expect(fresh.wechat.history.count('/cgi-bin/stable_token')).toBe(1)
    expect(fresh.wechat.history.count('/cgi-bin/ticket/getticket')).toBe(1)
  })
})

describe('a page that may not be signed', () => {
  it.each([
    'https://evil.test/',
    'https://h5.example.com.evil.test/',
    'https://evilh5.example.com/',
    'https://sub.h5.example.com/',
    'https://h5.example.com:8443/',
    'https://h5.example.com:443/',
    'http://h5.example.com/',
    'http://shop.example.com/',
    'HTTPS://H5.EXAMPLE.COM/',
    'https://h5。example.com/',
    'https://h5.example.com@evil.test/',
    'https://user:pw@h5.example.com/',
    'https://h5.example.com\\@evil.test/',
    'https:\\\\h5.example.com/',
    'https:h5.example.com/',
  ])('is 403: %s', async url => {
    expect((await sign(url)).json).toEqual(errorBody(403))
  })

  it.each([
    '',
    '#top',
    '/page',
    '//h5.example.com/',
    'h5.example.com',
    'https://',
    'https://%/',
    'javascript:alert(1)',
    'weixin://dl',
    ' https://h5.example.com/',
    'https://h5.example.com/a b',
    'https://h5.example.com/a\r\nb',
    'https://h5.example.com/\u2028',
    `https://h5.example.com/${'x'.repeat(2_048)}`,
    1,
    null,
    ['https://h5.example.com/'],
    { toString: 'https://h5.example.com/' },
    undefined,
  ])('is 400: %j', async url => {
    expect((await sign(url)).json).toEqual(errorBody(400))
  })

  it('is 403 if a page of another origin asks, without CORS headers', async () => {
    const body = JSON.stringify({ url: 'https://h5.example.com/' })
    for (const origin of ['https://evil.test', 'null', 'http://h5.example.com']) {
      const answer = await post(site, body, { origin })
      expect(answer.json).toEqual(errorBody(403))
      expect(answer.headers['access-control-allow-origin']).toBeUndefined()
    }
    for (const origin of ['https://h5.example.com', 'https://shop.example.com']) {
      expect((await post(site, body, { origin })).status).toBe(200)
    }
  })
})

describe.each([
  ['no parser', () => {}],
  ['express.json()', (app: Express) => mount(app, express.json())],
  ['express.text()', (app: Express) => mount(app, express.text({ type: '*/*' }))],
  ['express.raw()', (app: Express) => mount(app, express.raw({ type: '*/*' }))],
  ['json, urlencoded and text', mountAllParsers],
] as const)('the body, with %s before', (name, before) => {
  let parsed: Site
  beforeAll(async () => {
    parsed = await startSite({ before })
  })

  it.each(TYPES)('is read as JSON under the type %s', async type => {
    const url = `${parsed.origin}/a?b=1`
    const answer = await post(parsed, JSON.stringify({ url }), { 'content-type': type })
    if (name === 'json, urlencoded and text' && type === 'application/x-www-form-urlencoded') {
      expect(answer.json).toEqual({ ...errorBody(400), msg: expect.stringContaining('表单') })
      return
    }
    expectSignature(answer.json, parsed, url)
  })

  it.each(['', 'null', '[1]', '"x"', '1', '{}', '{"url"'])('is 400 if it is %j', async body => {
    const parsesItself = name === 'express.json()' || name === 'json, urlencoded and text'
    for (const type of TYPES) {
      // A parser of the app refuses broken JSON itself, before the router is reached.
      if (parsesItself && type === 'application/json') continue
      expect((await post(parsed, body, { 'content-type': type })).json).toEqual(errorBody(400))
    }
  })

  it('is 400 if there is none', async () => {
    const answer = await parsed.visitor().open(`${parsed.base}/offiaccount/jssdk`, { method: 'POST' })
    expect(answer.json).toEqual(errorBody(400))
  })
})

function mount(app: Express, parser: RequestHandler): void {
  app.use(parser)
}

function mountAllParsers(app: Express): void {
  app.use(express.json(), express.urlencoded({ extended: true }), express.text())
}

describe('a body that is too much', () => {
  it.each([
    ['200 KB', Buffer.alloc(200_000, 'x'), {}, 413],
    ['a bomb', gzipSync(Buffer.alloc(5_000_000, 'x')), { 'content-encoding': 'gzip' }, 413],
    ['an unknown encoding', Buffer.from('{}'), { 'content-encoding': 'zstd-x' }, 415],
    ['an unknown charset', Buffer.from('{}'), { 'content-type': 'text/plain; charset=klingon' }, 415],
    ['20,000 brackets deep', Buffer.from('['.repeat(20_000) + ']'.repeat(20_000)), {}, 400],
    ['broken gzip', Buffer.from('{}'), { 'content-encoding': 'gzip' }, 400],
  ] as const)('%s', async (_name, body, headers, status) => {
    expect((await post(site, body, headers)).json).toEqual(errorBody(status))
  })
})

it('answers 405 to other methods than POST if it is mounted for all', async () => {
  const alone = await startSite({
    pages: (app, tokenManager) => app.use('/sign', jssdkConfigHandler({ tokenManager })),
  })
  const answer = await alone.visitor().open(`${alone.origin}/sign`)
  expect(answer.json).toEqual(errorBody(405))
  expect(answer.headers.allow).toBe('POST')
})
