import { buffer } from 'node:stream/consumers'
import { inspect } from 'node:util'
import { downloadMedia, mediaProxyHandler, type TokenManager, WechatConfigError } from 'express-wechat'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import {
  ANY_ID,
  HIGH_QUALITY,
  jpegOf,
  MEDIA,
  type MediaSite,
  sendMedia,
  startMediaSite,
} from '../support/media-site.ts'

let site: MediaSite
beforeAll(async () => {
  site = await startMediaSite()
})
beforeEach(() => site.wechat.faults.clear())
afterAll(() => site.close())

describe('downloadMedia', () => {
  it.each([0, 1, 65_536, 131_072, 131_073, 5_000_000])(
    'gives a stream of %i bytes, and what they are',
    async size => {
      const data = jpegOf(size)
      site.serve(res => sendMedia(res, data))

      const media = await downloadMedia(site.tokenManager, ANY_ID)

      expect(media).toMatchObject({ contentType: 'image/jpeg', extension: 'jpg', size })
      expect(media.fileName).toMatch(/^media-[0-9a-f]{32}\.jpg$/)
      expect((await buffer(media.stream)).equals(data)).toBe(true)
    },
  )

  it('goes by the bytes, not by what WeChat calls them', async () => {
    const png = Buffer.concat([Buffer.from([0x89, 0x50, 0x4e, 0x47]), Buffer.alloc(100)])
    site.serve(res => sendMedia(res, png, { contentType: 'image/jpeg' }))

    const media = await downloadMedia(site.tokenManager, ANY_ID)
    media.stream.destroy()

    expect(media).toMatchObject({ contentType: 'image/png', extension: 'png' })
  })

  it('takes the 16 kHz recording with quality "high"', async () => {
    site.serve(res => sendMedia(res, Buffer.from([0x30, 0x54]), { contentType: 'voice/speex' }), HIGH_QUALITY)

    const media = await downloadMedia(site.tokenManager, ANY_ID, { quality: 'high' })

    expect(media).toMatchObject({ contentType: 'audio/speex', extension: 'speex', size: 2 })
    await buffer(media.stream)
  })

  it("takes tokens through the manager's public methods, which an application can override", async () => {
    const sent: unknown[] = []
    site.wechat.faults.always(MEDIA, {
      handle(req, res) {
        sent.push(new URL(req.url ?? '', 'http://localhost').searchParams.get('access_token'))
        sendMedia(res, Buffer.from(sent.length === 1 ? '{"errcode":42001}' : 'GIF8'), {
          contentType: 'image/gif',
        })
      },
    })
    const tokens = ['first', 'second']
    const invalidated: string[] = []
    const tokenManager: TokenManager = Object.assign(Object.create(site.tokenManager), {
      getAccessToken: async () => tokens[0],
      invalidate: async (token: string) => {
        invalidated.push(token)
        tokens.shift()
      },
    })

    const { contentType, stream } = await downloadMedia(tokenManager, ANY_ID)
    stream.destroy()

    expect(contentType).toBe('image/gif')
    expect(sent).toEqual(['first', 'second'])
    expect(invalidated).toEqual(['first'])
  })

  it('shows nothing of the connection, the token least of all', async () => {
    site.serve(res => sendMedia(res, jpegOf(1_000_000)))
    const token = await site.tokenManager.getAccessToken()

    const media = await downloadMedia(site.tokenManager, ANY_ID)
    const shown = inspect(media, { depth: null, showHidden: true })
    media.stream.destroy()

    expect(shown).not.toContain(token)
  })

  it('fails where the bytes break off, stall or are too many', async () => {
    const breakOff = (then?: (res: Parameters<typeof sendMedia>[0]) => void) =>
      site.serve(res => {
        res.writeHead(200, { 'Content-Type': 'image/jpeg' })
        res.write(jpegOf(300_000), () => then?.(res))
      })

    breakOff(res => res.destroy())
    const broken = await downloadMedia(site.tokenManager, ANY_ID)
    await expect(buffer(broken.stream)).rejects.toMatchObject({ code: 'wechat_unreachable' })

    breakOff()
    const stalled = await downloadMedia(site.tokenManager, ANY_ID, { idleTimeoutMs: 50 })
    await expect(buffer(stalled.stream)).rejects.toMatchObject({ code: 'wechat_timeout' })

    breakOff(res => res.end())
    const tooLong = await downloadMedia(site.tokenManager, ANY_ID, { maxBytes: 299_999 })
    await expect(buffer(tooLong.stream)).rejects.toMatchObject({ code: 'media_too_large', status: 413 })
  })

  it('closes the connection where its stream is destroyed, or its signal aborts', async () => {
    const giveUp = [
      async () => (await downloadMedia(site.tokenManager, ANY_ID)).stream.destroy(),
      async () => {
        const gone = new AbortController()
        const { stream } = await downloadMedia(site.tokenManager, ANY_ID, { signal: gone.signal })
        const end = expect(buffer(stream)).rejects.toThrow('enough')
        gone.abort(new Error('enough'))
        await end
      },
    ]
    for (const how of giveUp) {
      const closed = Promise.withResolvers<void>()
      site.serve(res => {
        res.once('close', closed.resolve)
        res.writeHead(200, { 'Content-Type': 'image/jpeg' })
        res.write(jpegOf(300_000))
      })
      await how()
      await closed.promise
    }
  })

  it('closes the connection where the type is refused', async () => {
    const closed = Promise.withResolvers<void>()
    site.serve(res => {
      res.once('close', closed.resolve)
      res.writeHead(200, { 'Content-Type': 'image/tiff' })
      res.write(Buffer.alloc(300_000))
    })

    await expect(downloadMedia(site.tokenManager, ANY_ID)).rejects.toMatchObject({ status: 415 })
    await closed.promise
  })

  it.each(['', '../x', 'wxLocalResource://1', 'a b'])('refuses "%s" as an id', async id => {
    await expect(downloadMedia(site.tokenManager, id)).rejects.toMatchObject({ status: 400 })
  })

  it('names the option that is wrong', async () => {
    const wrong = { maxBytes: 0 }
    await expect(downloadMedia(site.tokenManager, ANY_ID, wrong)).rejects.toThrow(
      'downloadMedia: "maxBytes" must be a number of bytes',
    )
  })
})

describe('the options of mediaProxyHandler', () => {
  it.each([
    [{ maxBytes: 1.5 }, '"maxBytes" must be a number of bytes'],
    [{ idleTimeoutMs: 0 }, '"idleTimeoutMs" must be at least 1 (millisecond)'],
    [{ maxDurationMs: 1e12 }, '"maxDurationMs" must be at most 2147483647 (milliseconds)'],
    [{ maxConcurrent: -1 }, '"maxConcurrent" must be a number of downloads'],
    [{ videoHosts: ['https://qq.com'] }, '"videoHosts.0" must be host names such as "qq.com"'],
    [{ videoHosts: ['127.0.0.1'] }, '"videoHosts.0" must be host names such as "qq.com"'],
    [{ maxSize: 1 }, '"maxSize" is not an option'],
  ])('%j: %s', (options, message) => {
    const make = () => mediaProxyHandler({ tokenManager: site.tokenManager, ...options })

    expect(make).toThrow(WechatConfigError)
    expect(make).toThrow(`mediaProxyHandler: ${message}`)
  })
})
