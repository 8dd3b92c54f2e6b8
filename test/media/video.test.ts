import type { IncomingMessage } from 'node:http'
import type { Fault } from 'express-wechat/simulator'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type Listening, listen } from '../support/listen.ts'
import {
  createMediaId,
  jpegOf,
  MEDIA,
  type MediaSite,
  sendMedia,
  startMediaSite,
} from '../support/media-site.ts'

let site: MediaSite
let canary: Listening
let hits = 0
beforeAll(async () => {
  site = await startMediaSite({ handler: { videoHosts: ['qq.com', 'localhost'] } })
  canary = await listen((_req, res) => {
    hits += 1
    sendMedia(res, mp4, { contentType: 'video/mp4' })
  })
})
let id: string
beforeEach(() => {
  id = createMediaId()
  hits = 0
  site.wechat.faults.clear()
})
afterAll(async () => {
  await site.close()
  await canary.close()
})

const mp4 = Buffer.concat([Buffer.from('\0\0\0\x18ftypmp42', 'latin1'), jpegOf(300_000)])
const FORMATS = ['', '&format=binary']

describe('a video', () => {
  it.each(FORMATS)('is fetched from where WeChat says (%s)', async format => {
    const mediaId = site.wechat.uploadMedia({ type: 'video', data: mp4 })

    const answer = await site.get(`?media_id=${mediaId}${format}`)

    expect(answer.status).toBe(200)
    if (format === '') {
      const { content_type: contentType, media_data: text } = answer.json as Record<string, string>
      expect(contentType).toBe('video/mp4')
      expect(text === mp4.toString('base64')).toBe(true)
    } else {
      expect(answer.body.equals(mp4)).toBe(true)
      expect(answer.headers['content-type']).toBe('video/mp4')
      expect(answer.headers['content-disposition']).toMatch(
        /^attachment; filename="media-[0-9a-f]{12}\.mp4"$/,
      )
    }
  })

  it('is asked for without the token', async () => {
    let request: Pick<IncomingMessage, 'url' | 'headers'> = { headers: {} }
    site.wechat.faults.always('/video/x.mp4', {
      handle(req, res) {
        request = { url: req.url, headers: req.headers }
        sendMedia(res, mp4, { contentType: 'video/mp4' })
      },
    })
    site.wechat.faults.always(MEDIA, { json: { video_url: `${site.wechat.url}/video/x.mp4?key=1` } })

    const { status } = await site.get(`?media_id=${id}&format=binary`)

    expect(status).toBe(200)
    expect(request.url).toBe('/video/x.mp4?key=1')
    expect(Object.keys(request.headers)).not.toContain('cookie')
    expect(JSON.stringify(request)).not.toContain(await site.tokenManager.getAccessToken())
  })

  it.each([
    ['loopback', () => `${canary.origin}/`],
    ['loopback by another name', () => canary.origin.replace('127.0.0.1', '2130706433')],
    ['loopback as IPv6', () => canary.origin.replace('127.0.0.1', '[::ffff:127.0.0.1]')],
    ['a listed name with a user', () => canary.origin.replace('://', '://qq.com@')],
    ['a listed name with another port', () => canary.origin.replace('127.0.0.1', 'localhost')],
    ['a name that ends like a listed one', () => 'http://evilqq.com/'],
    ['a name that begins like a listed one', () => 'http://qq.com.evil.test/'],
    ['a name with a dot at its end', () => 'http://qq.com./'],
    ['metadata', () => 'http://169.254.169.254/latest/meta-data/'],
    ['a file', () => 'file:///etc/passwd'],
    ['data', () => 'data:video/mp4,x'],
    ['no address', () => 'video.mp4'],
    ['nothing', () => ''],
    ['a listed name that leads inside', () => 'http://localhost/'],
    ['a listed name that leads inside, over https', () => 'https://localhost/'],
  ])('at %s is 415, and nobody is asked', async (_name, videoUrl) => {
    site.wechat.faults.always(MEDIA, { json: { video_url: videoUrl() } })
    for (const format of FORMATS) {
      const { status, json } = await site.get(`?media_id=${id}${format}`)

      expect(status).toBe(415)
      expect(json).toEqual({ status: 415, msg: '不支持的视频地址', data: null })
    }
    expect(hits).toBe(0)
  })

  it.each<[string, Fault]>([
    ['a redirect', { handle: (_req, res) => void res.writeHead(302, { Location: canary.origin }).end() }],
    ['JSON', { json: { errcode: 40007 } }],
    ['a page', 'html'],
    ['another video', { json: { video_url: 'http://vweixin.tc.qq.com/1' } }],
    ['nothing', 'reset'],
  ])('that turns out to be %s is 502', async (_name, fault) => {
    site.wechat.faults.always('/video/x.mp4', fault)
    site.wechat.faults.always(MEDIA, { json: { video_url: `${site.wechat.url}/video/x.mp4` } })

    expect((await site.get(`?media_id=${id}`)).status).toBe(502)
    expect(hits).toBe(0)
  })

  it('has the limits of all media', async () => {
    const small = await startMediaSite({ handler: { maxBytes: 1_000, idleTimeoutMs: 100 } })
    const mediaId = small.wechat.uploadMedia({ type: 'video', data: mp4 })

    expect((await small.get(`?media_id=${mediaId}`)).status).toBe(413)
    await small.close()
  })
})
