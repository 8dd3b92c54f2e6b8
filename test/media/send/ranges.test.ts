import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import type { ServerResponse } from 'node:http'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { createMediaId, jpegOf, type MediaSite, sendMedia, startMediaSite } from '../../support/media-site.ts'
import { amrClip } from '../../voice/clips.ts'

const KEPT = jpegOf(300_000)
/** More than the 2 MiB up to which media are kept. */
const LARGE = jpegOf(3 * 1024 * 1024)
const LONG_CHUNKED = jpegOf(200_000)

/** Node tells on them that a process or a thread starts; a conversion is one of either. */
const CONVERTER_CHANNELS = ['child_process', 'worker_threads']

let site: MediaSite
let id: string
beforeAll(async () => {
  site = await startMediaSite({ handler: { maxBytes: LARGE.length } })
})
beforeEach(() => {
  id = createMediaId()
  site.wechat.faults.clear()
  site.wechat.history.clear()
})
afterAll(() => site.close())

const getRange = (range: string, format = 'binary', headers: Record<string, string> = {}) =>
  site.get(`?media_id=${id}&format=${format}`, { headers: { range, ...headers } })

const SIZES: [string, Buffer][] = [
  ['a small medium', jpegOf(1_000)],
  ['a medium that is kept', KEPT],
  ['a medium that is streamed', LARGE],
]

describe.each(SIZES)('a range of %s', (_what, data) => {
  beforeEach(() => site.serve(res => sendMedia(res, data)))

  it.each<[string, number, number]>([
    ['bytes=0-1', 0, 2],
    ['bytes=0-', 0, data.length],
    ['bytes=500-', 500, data.length],
    ['bytes=-1', data.length - 1, data.length],
    [`bytes=${data.length - 10}-${data.length + 10}`, data.length - 10, data.length],
    ['bytes=7-699', 7, 700],
  ])('is 206 with exactly its bytes (%s)', async (range, start, end) => {
    const { status, headers, body, isWhole } = await getRange(range)

    expect({ status, isWhole }).toEqual({ status: 206, isWhole: true })
    expect(headers).toMatchObject({
      'content-range': `bytes ${start}-${end - 1}/${data.length}`,
      'content-length': String(end - start),
      'accept-ranges': 'bytes',
      'content-type': 'image/jpeg',
      'cache-control': 'private, no-store',
      'x-content-type-options': 'nosniff',
    })
    expect(headers.etag).toMatch(/^"[0-9a-f]{32}"$/)
    expect(body.equals(data.subarray(start, end))).toBe(true)
  })

  it('behind the end is 416 in JSON, with the length', async () => {
    const { status, headers, json } = await getRange(`bytes=${data.length}-`)

    expect(status).toBe(416)
    expect(headers).toMatchObject({
      'content-range': `bytes */${data.length}`,
      'content-type': 'application/json; charset=utf-8',
      'cache-control': 'no-store',
    })
    expect(json).toEqual({ status: 416, msg: '请求的范围超出了素材的长度', data: null })
  })

  it.each(['bytes=5-2', 'bytes=a-b', 'bytes=0-1,4-5', 'items=0-1', 'bytes=-'])(
    'that is not one range (%s) is answered with the whole',
    async range => {
      const { status, headers, body } = await getRange(range)

      expect(status).toBe(200)
      expect(headers).not.toHaveProperty('content-range')
      expect(headers['accept-ranges']).toBe('bytes')
      expect(body.equals(data)).toBe(true)
    },
  )

  it('counts if If-Range names the same bytes, and else is answered with the whole', async () => {
    const { etag = '' } = (await getRange('bytes=0-0')).headers
    const statusFor = async (ifRange: string) =>
      (await getRange('bytes=1-1', 'binary', { 'if-range': ifRange })).status

    expect(await statusFor(etag)).toBe(206)
    for (const other of ['"other"', `W/${etag}`, 'Sat, 01 Aug 2026 00:00:00 GMT', etag.slice(1, -1)]) {
      expect(await statusFor(other)).toBe(200)
    }
  })

  it('is answered to HEAD as to GET, without the body', async () => {
    const options = { method: 'HEAD', headers: { range: 'bytes=5-9' } }
    const head = await site.get(`?media_id=${id}&format=binary`, options)
    const { date: _, ...headers } = head.headers
    const get = await getRange('bytes=5-9')

    expect(head.status).toBe(206)
    expect(head.body).toHaveLength(0)
    expect(get.headers).toMatchObject(headers)
  })

  it('has the ETag of the whole', async () => {
    const whole = await site.get(`?media_id=${id}&format=binary`)
    const part = await getRange('bytes=1-2')

    expect(part.headers.etag).toBe(whole.headers.etag)
  })
})

describe('a range', () => {
  it('of base64 is answered with the whole, which promises no ranges', async () => {
    site.serve(res => sendMedia(res, KEPT))

    const { status, headers, json } = await site.get(`?media_id=${id}`, { headers: { range: 'bytes=0-1' } })

    expect(status).toBe(200)
    expect(headers).not.toHaveProperty('accept-ranges')
    expect(json).toEqual({ content_type: 'image/jpeg', media_data: KEPT.toString('base64') })
  })

  it('of an unknown length is answered with the whole, which promises no ranges', async () => {
    site.serve(res => sendMedia(res, LONG_CHUNKED, { length: false }))

    const { status, headers, body } = await getRange('bytes=0-1')

    expect(status).toBe(200)
    expect(headers).not.toHaveProperty('accept-ranges')
    expect(headers).not.toHaveProperty('content-length')
    expect(body.equals(LONG_CHUNKED)).toBe(true)
  })

  it('stops the connection to WeChat at its end', async () => {
    const size = 500_000_000
    const unlimited = await startMediaSite({ handler: { maxBytes: size } })
    const { promise: sent, resolve } = Promise.withResolvers<number>()
    unlimited.serve(res => {
      let bytes = 0
      res.once('close', () => resolve(bytes))
      sendEndless(res, size, count => {
        bytes += count
      })
    })

    // Its own connection is kept, so that only the range's end can be the reason.
    const answer = await fetch(`${unlimited.url}?media_id=${id}&format=binary`, {
      headers: { range: 'bytes=2000000-2000999' },
    })
    const { byteLength } = await answer.arrayBuffer()

    expect({ status: answer.status, byteLength }).toEqual({ status: 206, byteLength: 1_000 })
    // What the buffers of the sockets between them hold, and no more.
    expect(await sent).toBeLessThan(50_000_000)
    await unlimited.close()
  })

  it('that reaches the end of a streamed medium keeps the connection to WeChat', async () => {
    const sockets = new Set<unknown>()
    site.serve(res => {
      sockets.add(res.socket)
      sendMedia(res, LARGE)
    })

    for (let i = 0; i < 3; i++) expect((await getRange('bytes=-10')).status).toBe(206)

    expect(sockets.size).toBe(1)
  })

  it('is cut off if WeChat breaks off before its end', async () => {
    site.serve(res => {
      res.writeHead(200, { 'Content-Type': 'image/jpeg', 'Content-Length': LARGE.length })
      res.write(LARGE.subarray(0, 500_000), () => res.destroy())
    })

    const { status, isWhole } = await getRange('bytes=1000-999999')

    expect({ status, isWhole }).toEqual({ status: 206, isWhole: false })
  })

  it('is 502 in JSON if WeChat breaks off a medium that was to be kept, which then is not', async () => {
    site.serve(res => {
      res.writeHead(200, { 'Content-Type': 'image/jpeg', 'Content-Length': KEPT.length })
      res.write(KEPT.subarray(0, 200_000), () => res.destroy())
    })
    expect((await getRange('bytes=0-1')).status).toBe(502)
    const cutOff = await site.get(`?media_id=${id}&format=binary`)
    expect(cutOff.isWhole).toBe(false)

    site.serve(res => sendMedia(res, KEPT))
    const { body } = await getRange('bytes=-5')

    expect(body.equals(KEPT.subarray(-5))).toBe(true)
  })
})

describe('seeking', () => {
  const seeks = Array.from({ length: 10 }, (_, i) => `bytes=${i * 50}-${i * 50 + 99}`)

  it.each(['mp3', 'wav'])('ten times in a voice as %s costs one call and one conversion', async format => {
    const uploadVoice = () => site.wechat.uploadMedia({ type: 'voice', data: amrClip('12.2') })
    let conversions = 0
    const count = () => {
      conversions += 1
    }
    // The first conversion also looks for ffmpeg.
    await site.get(`?media_id=${uploadVoice()}&format=${format}`)
    site.wechat.history.clear()
    for (const channel of CONVERTER_CHANNELS) subscribe(channel, count)
    id = uploadVoice()

    const answers = await Promise.all(seeks.map(range => getRange(range, format)))
    const whole = await site.get(`?media_id=${id}&format=${format}`)
    for (const channel of CONVERTER_CHANNELS) unsubscribe(channel, count)

    expect({ asked: site.asked(), conversions }).toEqual({ asked: 1, conversions: 1 })
    for (const [i, { status, body }] of answers.entries()) {
      expect(status).toBe(206)
      expect(body.equals(whole.body.subarray(i * 50, i * 50 + 100))).toBe(true)
    }
  })

  it('ten times at once in a medium that is kept costs one call', async () => {
    site.serve(res => sendMedia(res, KEPT))

    const answers = await Promise.all(seeks.map(range => getRange(range)))

    expect(answers.every(({ status }) => status === 206)).toBe(true)
    expect(site.asked()).toBe(1)
  })

  it.each([1_000, KEPT.length])('after the whole of %i bytes costs no call', async size => {
    site.serve(res => sendMedia(res, jpegOf(size)))
    await site.get(`?media_id=${id}&format=binary`)

    const { status, body } = await getRange('bytes=-3')

    expect({ status, asked: site.asked() }).toEqual({ status: 206, asked: 1 })
    expect(body.equals(jpegOf(size).subarray(-3))).toBe(true)
  })

  it('at once in a medium that is streamed gives each its own bytes', async () => {
    site.serve(res => sendMedia(res, LARGE))

    const answers = await Promise.all(seeks.map(range => getRange(range)))

    for (const [i, { body }] of answers.entries()) {
      expect(body.equals(LARGE.subarray(i * 50, i * 50 + 100))).toBe(true)
    }
  })

  it('keeps qualities, formats, handlers and accounts apart', async () => {
    const strict = await startMediaSite({ handler: { maxBytes: 1_000 } })
    strict.serve(res => sendMedia(res, jpegOf(2_000)))
    id = site.wechat.uploadMedia({ type: 'voice', data: amrClip('12.2'), highQuality: amrClip('4.75') })
    const low = await getRange('bytes=0-', 'binary')
    const high = await getRange('bytes=0-', 'binary&quality=high')
    const wav = await getRange('bytes=0-', 'wav')

    expect(low.body.equals(amrClip('12.2'))).toBe(true)
    expect(high.body.equals(amrClip('4.75'))).toBe(true)
    expect(wav.body.toString('latin1', 0, 4)).toBe('RIFF')
    expect((await strict.get(`?media_id=${id}&format=binary`)).status).toBe(413)
    await strict.close()
  })
})

/** As many bytes as the receiver takes. */
function sendEndless(res: ServerResponse, size: number, onSent: (bytes: number) => void): void {
  const piece = jpegOf(65_536)
  const more = () => {
    for (let mayGoOn = true; mayGoOn && !res.destroyed; ) {
      onSent(piece.length)
      mayGoOn = res.write(piece)
    }
  }
  res.writeHead(200, { 'Content-Type': 'image/jpeg', 'Content-Length': size })
  res.on('drain', more)
  more()
}
