import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createBase64Encoder } from '../../../src/media/send/send-base64.ts'
import { ANY_ID, jpegOf, type MediaSite, sendMedia, startMediaSite } from '../../support/media-site.ts'

let site: MediaSite
beforeAll(async () => {
  site = await startMediaSite()
})
afterAll(() => site.close())

const LIMIT = 20 * 1024 * 1024
const ALL_SIZES = [0, 1, 2, 3, 4, 65_535, 65_536, 65_537, 131_072, 131_073, 1_000_000, LIMIT]
/** The encoder is the same on Express 4, where the longest medium would take the most time of all. */
const SIZES = process.env.EXPRESS_MAJOR === '4' ? ALL_SIZES.slice(0, -1) : ALL_SIZES

describe('media as base64', () => {
  it.each(SIZES)('is the same %i bytes, as valid JSON of a declared length', async size => {
    const data = jpegOf(size)
    site.serve(res => sendMedia(res, data))

    const { status, headers, body, json } = await site.get(`?media_id=${ANY_ID}`)

    expect(status).toBe(200)
    expect(headers['content-type']).toBe('application/json; charset=utf-8')
    expect(headers['content-length']).toBe(String(body.length))
    expect(headers['cache-control']).toBe('no-store')
    expect(headers['x-content-type-options']).toBe('nosniff')
    const { media_data: text, content_type: contentType, ...others } = json as Record<string, string>
    expect(others).toEqual({})
    expect(contentType).toBe('image/jpeg')
    expect(text === data.toString('base64')).toBe(true)
  })

  it.each(SIZES)('is the same %i bytes where WeChat declares no length', async size => {
    const data = jpegOf(size)
    site.serve(res => sendMedia(res, data, { length: false }))

    const { status, json } = await site.get(`?media_id=${ANY_ID}`)

    expect(status).toBe(200)
    expect((json as Record<string, string>).media_data === data.toString('base64')).toBe(true)
  })

  it('has the length of a small file also where WeChat declares none', async () => {
    site.serve(res => sendMedia(res, jpegOf(60_000), { length: false }))

    const { headers, body } = await site.get(`?media_id=${ANY_ID}`)

    expect(headers['content-length']).toBe(String(body.length))
  })

  it.each([200, 30_000, 100_000, 131_072])('goes out in one write for %i bytes', async size => {
    const writes: unknown[] = []
    const counting = await startMediaSite({}, app => {
      app.use((_req, res, next) => {
        const { write, end } = res
        res.write = ((...args: Parameters<typeof write>) => {
          writes.push('write')
          return write.apply(res, args)
        }) as typeof write
        res.end = ((...args: Parameters<typeof end>) => {
          writes.push('end')
          return end.apply(res, args)
        }) as typeof end
        next()
      })
    })
    counting.serve(res => sendMedia(res, jpegOf(size)))

    await counting.get(`?media_id=${ANY_ID}`)
    await counting.get(`?media_id=${ANY_ID}&format=binary`)

    expect(writes).toEqual(['end', 'end'])
    await counting.close()
  })

  it('passes the content type on as WeChat sent it', async () => {
    site.serve(res => sendMedia(res, Buffer.from('any'), { contentType: 'Voice/Speex; x="1"' }))

    const { json } = await site.get(`?media_id=${ANY_ID}`)

    expect(json).toEqual({ content_type: 'Voice/Speex; x="1"', media_data: 'YW55' })
  })

  it('refuses one byte more than the limit, declared', async () => {
    site.serve(res => sendMedia(res, jpegOf(LIMIT + 1)))

    const { status, json } = await site.get(`?media_id=${ANY_ID}`)

    expect(status).toBe(413)
    expect(json).toEqual({ status: 413, msg: '素材超过大小限制', data: null })
  })

  it('cuts the answer at one byte more than the limit, not declared', async () => {
    site.serve(res => sendMedia(res, jpegOf(LIMIT + 1), { length: false }))

    const { isWhole } = await site.get(`?media_id=${ANY_ID}`)

    expect(isWhole).toBe(false)
  })

  it('answers 413 for a small limit that is passed within the beginning', async () => {
    const small = await startMediaSite({ handler: { maxBytes: 1_000 } })
    small.serve(res => sendMedia(res, jpegOf(1_001), { length: false }))
    expect((await small.get(`?media_id=${ANY_ID}`)).status).toBe(413)

    small.serve(res => sendMedia(res, jpegOf(1_000), { length: false }))
    expect((await small.get(`?media_id=${ANY_ID}`)).status).toBe(200)
    await small.close()
  })

  it('encodes chunks of any size as if they were one', () => {
    const chunks = fc.array(fc.uint8Array({ maxLength: 200 }), { maxLength: 20 })
    fc.assert(
      fc.property(chunks, fc.integer({ min: 0, max: 200_000 }), (small, large) => {
        const all = [...small, jpegOf(large)].map(chunk => Buffer.from(chunk))
        const encoder = createBase64Encoder('<', '>')
        const text = all.map(chunk => encoder.encode(chunk)).join('') + encoder.end()
        const begin = all.length > 0 ? '<' : ''
        return text === `${begin}${Buffer.concat(all).toString('base64')}>`
      }),
      { numRuns: 200 },
    )
  })
})
