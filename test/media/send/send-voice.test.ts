import { VoiceError, type WechatError } from 'express-wechat'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { createMediaId, jpegOf, type MediaSite, sendMedia, startMediaSite } from '../../support/media-site.ts'
import { amrClip, speexClip } from '../../voice/clips.ts'

let site: MediaSite
beforeAll(async () => {
  site = await startMediaSite()
})
let id: string
beforeEach(() => {
  id = createMediaId()
  site.wechat.faults.clear()
})
afterAll(() => site.close())

describe('a voice for ordinary browsers', () => {
  it.each([
    ['mp3', 'audio/mpeg'],
    ['wav', 'audio/wav'],
  ])('is %s', async (format, contentType) => {
    const mediaId = site.wechat.uploadMedia({ type: 'voice', data: amrClip('12.2') })

    const { status, headers, body } = await site.get(`?media_id=${mediaId}&format=${format}`)

    expect(status).toBe(200)
    expect(headers).toMatchObject({
      'content-type': contentType,
      'content-length': String(body.length),
      'content-security-policy': "default-src 'none'; sandbox",
      'x-content-type-options': 'nosniff',
    })
    expect(headers['content-disposition']).toMatch(
      new RegExp(`^inline; filename="media-[0-9a-f]{12}\\.${format}"$`),
    )
    const start = body.toString('latin1', 0, 4)
    expect(format === 'wav' ? start === 'RIFF' : start.startsWith('ID3') || body[0] === 0xff).toBe(true)
  })

  it('is made of the 16 kHz recording with quality=high', async () => {
    const mediaId = site.wechat.uploadMedia({
      type: 'voice',
      data: amrClip('12.2'),
      highQuality: speexClip(),
    })

    const { status, body } = await site.get(`?media_id=${mediaId}&format=wav&quality=high`)

    expect(status).toBe(200)
    expect(body.readUInt32LE(24)).toBe(16_000)
  })

  it('is the upload itself where that is MP3 already', async () => {
    const mp3 = Buffer.concat([Buffer.from('ID3'), jpegOf(300_000)])
    site.serve(res => sendMedia(res, mp3, { contentType: 'audio/mp3' }))

    const { headers, body } = await site.get(`?media_id=${id}&format=mp3`)

    expect(headers['content-type']).toBe('audio/mpeg')
    expect(body.equals(mp3)).toBe(true)
  })

  it('has no body for HEAD', async () => {
    const mediaId = site.wechat.uploadMedia({ type: 'voice', data: amrClip('12.2') })

    const { status, headers, body } = await site.get(`?media_id=${mediaId}&format=wav`, { method: 'HEAD' })

    expect(status).toBe(200)
    expect(Number(headers['content-length'])).toBeGreaterThan(1_000)
    expect(body.length).toBe(0)
  })

  it.each<[string, string, Buffer, number]>([
    ['a picture', 'image/jpeg', jpegOf(100), 415],
    ['a long picture', 'image/jpeg', jpegOf(1_000_000), 415],
    ['a damaged AMR file', 'audio/amr', Buffer.from('#!AMR\n'), 422],
    ['more than a voice has', 'audio/amr', Buffer.alloc(2 * 1024 * 1024 + 1, '#!AMR\n'), 413],
    ['a refusal', 'audio/amr', Buffer.from('{"errcode":40007}'), 400],
    ['a page', 'audio/amr', Buffer.from('<html>'), 502],
  ])('is an error in JSON where it is %s', async (_name, contentType, data, expected) => {
    site.serve(res => sendMedia(res, data, { contentType }))

    const { status, json } = await site.get(`?media_id=${id}&format=mp3`)

    expect(status).toBe(expected)
    expect(json).toMatchObject({ status: expected })
    expect((json as { msg: string }).msg).toMatch(/\p{Script=Han}/u)
  })

  it('gives onError the VoiceError, whose message names the catalogue once', async () => {
    const errors: WechatError[] = []
    const strict = await startMediaSite({
      handler: {
        onError: (error, _req, res) => {
          errors.push(error)
          res.status(error.status).end()
        },
      },
    })
    strict.serve(res => sendMedia(res, Buffer.from('#!AMR\n'), { contentType: 'audio/amr' }))

    expect((await strict.get(`?media_id=${id}&format=mp3`)).status).toBe(422)
    expect(errors).toHaveLength(1)
    expect(errors[0]).toBeInstanceOf(VoiceError)
    expect(errors[0]?.message).toBe('the AMR file has no whole frame (docs/errors.md#voice_damaged)')
    await strict.close()
  })

  it('is 502 where it breaks off, not a shorter voice', async () => {
    const recording = Buffer.concat([Buffer.from('#!AMR\n'), Buffer.alloc(500_000, 0x7c)])
    site.serve(res => {
      res.writeHead(200, { 'Content-Type': 'audio/amr', 'Content-Length': recording.length })
      res.write(recording.subarray(0, 200_000), () => res.destroy())
    })

    expect((await site.get(`?media_id=${id}&format=wav`)).status).toBe(502)
  })
})
