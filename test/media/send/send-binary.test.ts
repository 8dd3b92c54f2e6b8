import { downloadMedia } from 'express-wechat'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import {
  ANY_ID,
  createMediaId,
  HIGH_QUALITY,
  jpegOf,
  type MediaSite,
  sendMedia,
  startMediaSite,
} from '../../support/media-site.ts'
import { speexClip } from '../../voice/clips.ts'

let site: MediaSite
beforeAll(async () => {
  site = await startMediaSite()
})
afterAll(() => site.close())

let binary: string
beforeEach(() => {
  binary = `?media_id=${createMediaId()}&format=binary`
})

const from = (...parts: (string | number[])[]) =>
  Buffer.concat([...parts.map(part => Buffer.from(part as string, 'latin1')), Buffer.alloc(50, 7)])

const jpeg = from([0xff, 0xd8, 0xff, 0xe0])
const png = from([0x89, 0x50, 0x4e, 0x47])
const amr = from('#!AMR\n')
const speex = from([0x3c, 0x54, 0x98, 0x22, 0xd7, 0, 0, 0x68])

describe('media as bytes', () => {
  it.each([
    ['image/jpeg', jpeg, 'image/jpeg', 'jpg'],
    ['image/jpg', jpeg, 'image/jpeg', 'jpg'],
    ['IMAGE/PNG; charset=x', png, 'image/png', 'png'],
    ['image/gif', from('GIF89a'), 'image/gif', 'gif'],
    ['image/webp', from('RIFF', [1, 2, 3, 4], 'WEBP'), 'image/webp', 'webp'],
    ['audio/amr', amr, 'audio/amr', 'amr'],
    ['audio/mp3', from('ID3'), 'audio/mpeg', 'mp3'],
    ['audio/mpeg', from([0xff, 0xfb, 0x90]), 'audio/mpeg', 'mp3'],
    ['voice/speex', speex, 'audio/speex', 'speex'],
    ['video/mp4', from([0, 0, 0, 24], 'ftypmp42'), 'video/mp4', 'mp4'],
    ['image/jpeg', Buffer.alloc(0), 'image/jpeg', 'jpg'],
  ])('serves %s', async (contentType, data, served, extension) => {
    site.serve(res => sendMedia(res, data, { contentType }))

    const { status, headers, body } = await site.get(binary)

    expect(status).toBe(200)
    expect(headers['content-type']).toBe(served)
    expect(headers['content-length']).toBe(String(data.length))
    expect(body.equals(data)).toBe(true)
    const disposition = served.startsWith('video/') ? 'attachment' : 'inline'
    expect(headers['content-disposition']).toMatch(
      new RegExp(`^${disposition}; filename="media-[0-9a-f]{12}\\.${extension}"$`),
    )
  })

  it.each([0, 1, 2, 3, 4, 65_535, 65_536, 65_537, 1_000_000, 20 * 1024 * 1024])(
    'is the same %i bytes',
    async size => {
      const data = jpegOf(size)
      site.serve(res => sendMedia(res, data))

      const { headers, body } = await site.get(binary)

      expect(headers['content-length']).toBe(String(data.length))
      expect(body.equals(data)).toBe(true)
    },
  )

  it('lets browsers run nothing of it', async () => {
    site.serve(res => sendMedia(res, jpeg))

    const { headers } = await site.get(binary)

    expect(headers).toMatchObject({
      'content-security-policy': "default-src 'none'; sandbox",
      'x-content-type-options': 'nosniff',
      'cross-origin-resource-policy': 'same-origin',
      'cache-control': 'private, no-store',
    })
  })

  it('hands on no header of WeChat, whatever they say', async () => {
    site.serve(res => {
      res.writeHead(200, {
        'Content-Type': 'image/jpeg',
        'Content-disposition': 'attachment; filename="../../a";x="b.html"',
        'Set-Cookie': 'a=b',
        Server: 'nginx',
        Location: 'https://evil.test/',
        Refresh: '0; url=https://evil.test/',
      })
      res.end(jpeg)
    })

    const { headers } = await site.get(binary)

    expect(headers['content-disposition']).toMatch(/^inline; filename="media-[0-9a-f]{12}\.jpg"$/)
    expect(headers).not.toHaveProperty('set-cookie')
    expect(headers).not.toHaveProperty('server')
    expect(headers).not.toHaveProperty('location')
    expect(headers).not.toHaveProperty('refresh')
    expect(JSON.stringify(headers)).not.toContain('evil')
  })

  it.each([
    ['image/jpeg', png, 'image/png'],
    ['image/png', jpeg, 'image/jpeg'],
    ['audio/amr', jpeg, 'image/jpeg'],
    ['voice/speex', jpeg, 'image/jpeg'],
    ['image/svg+xml', jpeg, 'image/jpeg'],
    ['text/plain', jpeg, 'image/jpeg'],
    ['text/plain; charset=utf-8', amr, 'audio/amr'],
    ['text/html', png, 'image/png'],
    ['application/json', amr, 'audio/amr'],
    ['application/octet-stream', from([0, 0, 0, 24], 'ftypmp42'), 'video/mp4'],
    ['', jpeg, 'image/jpeg'],
    ['text/plain', speexClip(), 'audio/speex'],
  ])('serves what the header calls "%s" by the type of its bytes', async (contentType, data, served) => {
    site.serve(res => sendMedia(res, data, { contentType }))

    const { status, headers, body } = await site.get(binary)
    const downloaded = await downloadMedia(site.tokenManager, ANY_ID)
    downloaded.stream.destroy()

    expect(status).toBe(200)
    expect(headers['content-type']).toBe(served)
    expect(body.equals(data)).toBe(true)
    expect(downloaded.contentType).toBe(served)
  })

  it.each([
    ['image/jpeg', 'image/jpeg'],
    ['image/png', 'image/png'],
    ['image/x-anything', 'image/x-anything'],
    ['text/plain', 'image/jpeg'],
    ['application/octet-stream', 'image/jpeg'],
    ['', 'image/jpeg'],
  ])('calls JPEG bytes under "%s" in JSON %s', async (contentType, named) => {
    site.serve(res => sendMedia(res, jpeg, { contentType }))

    const { status, json } = await site.get(`?media_id=${ANY_ID}`)

    expect(status).toBe(200)
    expect(json).toEqual({ content_type: named, media_data: jpeg.toString('base64') })
  })

  it.each([
    ['text/plain', Buffer.from('Service temporarily unavailable, please try again after a while.')],
    ['text/plain', speexClip().subarray(0, 300)],
    ['application/octet-stream', Buffer.from([0, 1, 2, 3, 4, 5])],
    ['text/plain', Buffer.from('{"errcode":0}')],
    ['', Buffer.alloc(0)],
  ])('is 502 for bytes under "%s" that prove no type', async (contentType, data) => {
    site.serve(res => sendMedia(res, data, { contentType }))

    expect((await site.get(binary)).status).toBe(502)
    await expect(downloadMedia(site.tokenManager, ANY_ID)).rejects.toMatchObject({ status: 502 })
  })

  it.each([
    ['image/jpeg', Buffer.from('octets')],
    // A frame header of MP3 with a bit rate that does not exist.
    ['audio/mpeg', Buffer.from('fffbf0c4', 'hex')],
    ['image/bmp', Buffer.from('BM')],
    ['audio/x-constructor', Buffer.from('octets')],
  ])('refuses %s whose bytes are of no type that is served', async (contentType, data) => {
    site.serve(res => sendMedia(res, data, { contentType }))

    const { status, json } = await site.get(binary)

    expect(status).toBe(415)
    expect(json).toEqual({ status: 415, msg: '不支持的素材类型', data: null })
  })

  it.each([
    ['image/*', 'image/jpeg'],
    ['image/avif,image/webp,image/apng,image/svg+xml,image/*,*/*;q=0.8', 'image/jpeg'],
    ['text/html,application/xhtml+xml,image/webp,*/*;q=0.8', 'image/jpeg'],
    ['audio/*', 'image/jpeg'],
    ['*/*', 'application/json; charset=utf-8'],
    ['application/json, text/plain, */*', 'application/json; charset=utf-8'],
    ['application/json, image/*;q=0.5', 'application/json; charset=utf-8'],
    ['text/html', 'application/json; charset=utf-8'],
  ])('answers who accepts %s with %s', async (accept, contentType) => {
    site.serve(res => sendMedia(res, jpeg))

    const { headers } = await site.get(`?media_id=${ANY_ID}`, { headers: { accept } })

    expect(headers['content-type']).toBe(contentType)
  })

  it('answers a range with the whole', async () => {
    site.serve(res => sendMedia(res, jpeg))

    const { status, body } = await site.get(binary, { headers: { range: 'bytes=0-0,1-1' } })

    expect(status).toBe(200)
    expect(body.equals(jpeg)).toBe(true)
  })

  it.each(['', '&format=binary'])('answers HEAD like GET, without the body (%s)', async format => {
    site.serve(res => sendMedia(res, jpegOf(1_000_000)))

    const head = await site.get(`?media_id=${ANY_ID}${format}`, { method: 'HEAD' })
    const get = await site.get(`?media_id=${ANY_ID}${format}`)

    expect(head.status).toBe(200)
    expect(head.body.length).toBe(0)
    const { date: _, ...headers } = head.headers
    expect(get.headers).toMatchObject(headers)
    expect(headers['content-length']).toBe(String(get.body.length))
  })

  it('answers HEAD of what does not exist with its status', async () => {
    site.wechat.faults.clear()

    const { status, body } = await site.get(`?media_id=${ANY_ID}`, { method: 'HEAD' })

    expect(status).toBe(400)
    expect(body.length).toBe(0)
  })

  it.each(['POST', 'PUT', 'DELETE', 'OPTIONS'])('refuses %s, and says what it takes', async method => {
    const { status, headers } = await site.get(binary, { method })

    expect(status).toBe(405)
    expect(headers.allow).toBe('GET, HEAD')
  })

  it('takes the 16 kHz recording with quality=high', async () => {
    site.wechat.faults.clear()
    const mediaId = site.wechat.uploadMedia({ type: 'voice', data: amr, highQuality: speex })
    const before = site.asked(HIGH_QUALITY)

    const high = await site.get(`?media_id=${mediaId}&format=binary&quality=high`)
    const low = await site.get(`?media_id=${mediaId}&format=binary`)

    expect(site.asked(HIGH_QUALITY)).toBe(before + 1)
    expect(high.body.equals(speex)).toBe(true)
    expect(high.headers['content-type']).toBe('audio/speex')
    expect(low.body.equals(amr)).toBe(true)
  })
})
