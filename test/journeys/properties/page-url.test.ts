import { createHash } from 'node:crypto'
import fc from 'fast-check'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { type InjectedAnswer, inject } from '../../support/inject.ts'
import { closeSites, type Site, startSite } from '../../support/site.ts'
import { address, anyText, HOST, LISTED } from './arbitraries.ts'
import { assertProperty, OTHER_RUNS, timeoutFor } from './runs.ts'

let site: Site

beforeAll(async () => {
  site = await startSite({
    origin: HOST,
    router: { publicUrl: `${HOST}/wechat`, allowedOrigins: [LISTED] },
  })
})

afterAll(closeSites)

function post(body: string | Buffer, contentType?: string): Promise<InjectedAnswer> {
  return inject(site.app, '/wechat/offiaccount/jssdk', {
    method: 'POST',
    headers: { host: 'h5.example.com', ...(contentType !== undefined && { 'content-type': contentType }) },
    body,
  })
}

function signatureOf(ticket: string, { noncestr, timestamp }: Record<string, unknown>, url: string): string {
  return createHash('sha1')
    .update(`jsapi_ticket=${ticket}&noncestr=${noncestr}&timestamp=${timestamp}&url=${url}`)
    .digest('hex')
}

it(
  'signs a page of an allowed origin to the letter, or refuses it',
  async () => {
    const ticket = await site.tokenManager.getJsapiTicket()
    let signed = 0
    const property = fc.asyncProperty(address, async url => {
      const { status, text } = await post(JSON.stringify({ url }))
      if (status !== 200) {
        expect([400, 403]).toContain(status)
        return
      }
      signed += 1
      const page = url.split('#')[0] ?? ''
      const config = JSON.parse(text)
      expect(config.signature).toBe(signatureOf(ticket, config, page))
      expect([HOST, LISTED]).toContain(new URL(page).origin)
      expect(page.replace(/^(https:\/\/(?:h5|shop)\.example\.com)(?:[/?].*)?$/s, '$1')).toMatch(
        /^https:[^?]+com$/,
      )
    })
    await assertProperty('page URL', OTHER_RUNS, property, () => `, ${signed} signed`)
    expect(signed).toBeGreaterThan(OTHER_RUNS / 50)
  },
  timeoutFor(OTHER_RUNS),
)

/** JSON that is nearly a request, or that differs from one in keys that every object has. */
const key = fc.constantFrom(
  'url',
  'URL',
  '__proto__',
  'constructor',
  'toString',
  'ticket',
  'noncestr',
  'appid',
)
const jsonValue = fc.oneof(
  fc.jsonValue({ maxDepth: 4 }),
  address,
  fc.constantFrom(`${HOST}/page`, [`${HOST}/page`]),
)
const jsonText = fc.oneof(
  fc.jsonValue().map(value => JSON.stringify(value)),
  fc
    .array(fc.tuple(key, jsonValue), { maxLength: 5 })
    .map(pairs => `{${pairs.map(pair => pair.map(part => JSON.stringify(part)).join(':')).join(',')}}`),
  anyText,
  fc.tuple(fc.nat(3_000), fc.constantFrom('[', '{"url":', '"')).map(([times, part]) => part.repeat(times)),
)
const bytes = fc.oneof(
  jsonText.map(text => Buffer.from(text)),
  fc.uint8Array({ maxLength: 100 }).map(array => Buffer.from(array)),
)
const contentType = fc.constantFrom(
  undefined,
  'application/json',
  'text/plain;charset=UTF-8',
  'application/x-www-form-urlencoded',
  'multipart/form-data; boundary=x',
  'application/json; charset=utf-16le',
  'application/json; charset=bogus',
  ';;',
)

it(
  'answers any body with a signature for its own "url" or with a refusal',
  async () => {
    const property = fc.asyncProperty(bytes, contentType, async (body, type) => {
      const { status, text } = await post(body, type)
      expect([200, 400, 403, 415]).toContain(status)
      expect(Object.keys(JSON.parse(text)).sort()).toEqual(
        status === 200 ? ['appid', 'noncestr', 'signature', 'timestamp'] : ['data', 'msg', 'status'],
      )
      if (status === 200 && !/utf-16/.test(type ?? '')) {
        const { url } = JSON.parse(body.toString().replace(/^\ufeff/, ''))
        expect(url).toEqual(expect.stringMatching(/^https:\/\/(h5|shop)\./))
      }
      expect(Object.keys(Object.prototype)).toEqual([])
    })
    await assertProperty('JSON body', OTHER_RUNS, property)
  },
  timeoutFor(OTHER_RUNS),
)
