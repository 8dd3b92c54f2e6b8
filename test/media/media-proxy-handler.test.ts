import { inspect } from 'node:util'
import { gzipSync } from 'node:zlib'
import { downloadMedia, WechatError } from 'express-wechat'
import fc from 'fast-check'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { listen } from '../support/listen.ts'
import { ANY_ID, jpegOf, MEDIA, type MediaSite, sendMedia, startMediaSite } from '../support/media-site.ts'

let site: MediaSite
beforeAll(async () => {
  site = await startMediaSite()
})
beforeEach(() => {
  site.wechat.faults.clear()
  site.wechat.history.clear()
})
afterAll(() => site.close())

const FORMATS = [`?media_id=${ANY_ID}`, `?media_id=${ANY_ID}&format=binary`]
const TYPES = ['application/json', 'text/plain', 'image/jpeg', 'audio/amr', 'application/octet-stream', '']

describe('what WeChat answers instead of media', () => {
  it.each(FORMATS.flatMap(query => TYPES.map(type => [query, type] as const)))(
    'is 400 for a dead media_id (%s, under "%s")',
    async (query, contentType) => {
      const refusal = { errcode: 40007, errmsg: 'invalid media_id from 203.0.113.7 rid: 1-2-3' }
      site.serve(res => sendMedia(res, Buffer.from(JSON.stringify(refusal)), { contentType }))

      const { status, json } = await site.get(query)

      expect(status).toBe(400)
      expect(json).toEqual({
        status: 400,
        msg: '素材不存在或已过期，请重新上传',
        data: { errcode: 40007 },
      })
      expect(site.asked()).toBe(1)
    },
  )

  const texts: [string, string, string][] = [
    ['JSON that is no refusal', 'image/jpeg', '{"errcode":0}'],
    ['JSON after spaces', 'image/jpeg', ' \r\n\t{"errcode":0}'],
    ['JSON after a byte order mark', 'image/jpeg', '\ufeff{"a":1}'],
    ['half a JSON', 'image/jpeg', '{"errcode":400'],
    ['a JSON array', 'image/jpeg', '[1]'],
    ['long JSON', 'image/jpeg', `{"a":"${'x'.repeat(300_000)}"}`],
    ['a page', 'text/html', '<html><script>alert(1)</script></html>'],
    ['a page under a media type', 'image/jpeg', '<!doctype html><script>alert(1)</script>'],
    ['a long page under a media type', 'image/jpeg', `<html>${'x'.repeat(300_000)}`],
    ['a page under speex', 'voice/speex', '\n<svg onload=alert(1)>'],
    ['SVG', 'image/svg+xml', '<svg xmlns="http://www.w3.org/2000/svg"><script/></svg>'],
    ['text', 'text/plain', 'Bad Gateway'],
    ['nothing under no type', '', ''],
    ['octets', 'application/octet-stream', 'octets'],
    ['bytes without a type', '', 'octets'],
    ['a type with a line break', 'image/jpeg\u000bx', 'octets'],
    ['a message', 'message/rfc822', 'octets'],
  ]
  it.each(texts.flatMap(text => FORMATS.map(query => [...text, query] as const)))(
    'is 502 where it is %s (%s)',
    async (_what, contentType, text, query) => {
      site.serve(res => sendMedia(res, Buffer.from(text), { contentType }))

      const { status, json, headers } = await site.get(query)

      expect(status).toBe(502)
      expect(json).toMatchObject({ status: 502, data: null })
      expect(headers['content-type']).toBe('application/json; charset=utf-8')
    },
  )

  it('is 502 where it is compressed, and a bomb is never unpacked', async () => {
    const bomb = gzipSync(Buffer.alloc(50_000_000))
    site.serve(res => {
      res.writeHead(200, { 'Content-Type': 'image/jpeg', 'Content-Encoding': 'gzip' })
      res.end(bomb)
    })

    expect((await site.get(`?media_id=${ANY_ID}`)).status).toBe(502)
  })

  it('asks for bytes as they are, and hands on nothing of the caller', async () => {
    let headers = {}
    site.wechat.faults.always(MEDIA, {
      handle(req, res) {
        headers = req.headers
        sendMedia(res, jpegOf(10))
      },
    })

    await site.get(`?media_id=${ANY_ID}`, {
      headers: { cookie: 'a=b', authorization: 'Bearer x', range: 'bytes=0-1', 'accept-encoding': 'gzip' },
    })

    expect(Object.keys(headers).sort()).toEqual([
      'accept',
      'accept-encoding',
      'connection',
      'host',
      'user-agent',
    ])
    expect(headers).toMatchObject({ 'accept-encoding': 'identity' })
  })

  it.each([201, 204, 206, 304, 400, 404, 500, 503])('is 502 for status %i', async status => {
    site.wechat.faults.always(MEDIA, { status, body: 'x', contentType: 'image/jpeg' })

    expect((await site.get(`?media_id=${ANY_ID}`)).status).toBe(502)
  })

  it.each([301, 302, 303, 307, 308])('is 502 for a redirect (%i), which nobody follows', async status => {
    let hits = 0
    const canary = await listen((_req, res) => {
      hits += 1
      sendMedia(res, jpegOf(10))
    })
    site.serve(res =>
      res.writeHead(status, { Location: `${canary.origin}/`, 'Content-Type': 'image/jpeg' }).end(),
    )

    expect((await site.get(`?media_id=${ANY_ID}`)).status).toBe(502)
    expect(hits).toBe(0)
    await canary.close()
  })

  it('is retried once with a new token where the token is dead, and media then', async () => {
    const mediaId = site.wechat.uploadMedia({ type: 'image', data: jpegOf(100) })
    await site.get(`?media_id=${mediaId}`)
    site.wechat.history.clear()
    site.wechat.revokeAccessToken()

    const { status } = await site.get(`?media_id=${mediaId}`)

    expect(status).toBe(200)
    expect(site.asked()).toBe(2)
    expect(site.asked('/cgi-bin/stable_token')).toBe(1)
  })

  it('is 502 after one retry where no token is good', async () => {
    site.wechat.faults.always(MEDIA, {
      handle(_req, res) {
        site.wechat.revokeAccessToken()
        res.json({ errcode: 40001, errmsg: 'invalid credential' })
      },
    })

    const { status, json } = await site.get(`?media_id=${ANY_ID}`)

    expect(status).toBe(502)
    expect(json).toMatchObject({ data: { errcode: 40001 } })
    expect(site.asked()).toBe(2)
  })

  it('is 502 without a retry if WeChat returns the dead token again', async () => {
    // The token is good after this request, whatever other tests did to it.
    await site.get(`?media_id=${ANY_ID}`)
    const askedBefore = site.asked()
    site.wechat.faults.always(MEDIA, { errcode: 40001 })
    expect((await site.get(`?media_id=${ANY_ID}`)).status).toBe(502)
    expect(site.asked() - askedBefore).toBe(1)
  })

  it('is asked once more where WeChat is busy, and 504 where it stays so', async () => {
    const mediaId = site.wechat.uploadMedia({ type: 'image', data: jpegOf(100) })
    site.wechat.faults.next(MEDIA, { errcode: -1 })
    expect((await site.get(`?media_id=${mediaId}`)).status).toBe(200)
    expect(site.asked()).toBe(2)

    site.wechat.faults.always(MEDIA, { errcode: -1 })
    expect((await site.get(`?media_id=${mediaId}`)).status).toBe(504)
    expect(site.asked()).toBe(4)
  })

  it('is 429 where the quota is used up', async () => {
    site.wechat.faults.always(MEDIA, { errcode: 45009 })

    expect((await site.get(`?media_id=${ANY_ID}`)).status).toBe(429)
  })
})

describe('what callers ask', () => {
  it.each([
    '',
    '?media_id=',
    `?media_id=${'x'.repeat(257)}`,
    '?media_id=a&media_id=b',
    '?media_id[x]=1',
    '?media_id[]=a',
    '?media_id=x%26access_token%3Dy',
    '?media_id=x%23y',
    '?media_id=../get',
    '?media_id=a%0d%0aSet-Cookie:a=b',
    '?media_id=a%00',
    '?media_id=%E4%B8%AD',
    `?media_id=${ANY_ID}&format=zip`,
    `?media_id=${ANY_ID}&format=binary&format=mp3`,
    `?media_id=${ANY_ID}&quality=low`,
    `?media_id=${ANY_ID}&quality[]=high`,
  ])('is 400 for %s, and WeChat hears nothing of it', async query => {
    const { status, json } = await site.get(query)

    expect(status).toBe(400)
    expect(json).toMatchObject({ status: 400, data: null })
    expect(site.wechat.history.entries).toHaveLength(0)
  })

  it.each(['wxLocalResource://abc123', 'wxlocalresource%3A%2F%2Fabc', 'weixin://resourceid/abc'])(
    'is told to upload a localId first (%s)',
    async localId => {
      const { status, json } = await site.get(`?media_id=${localId}`)

      expect(status).toBe(400)
      expect(json).toMatchObject({ msg: '请先上传素材，再使用 serverId' })
    },
  )

  it.each([
    ['?media_id=', 'bad_media_id', 400],
    ['?media_id=weixin://resourceid/abc', 'bad_media_id', 400],
    [`?media_id=${ANY_ID}&format=zip`, 'bad_media_format', 400],
    [`?media_id=${ANY_ID}&quality=low`, 'bad_media_format', 400],
  ])('gives onError one code for each mistake (%s: %s)', async (query, code, status) => {
    const errors: WechatError[] = []
    const strict = await startMediaSite({
      handler: {
        onError: (error, _req, res) => {
          errors.push(error)
          res.status(error.status).end()
        },
      },
    })

    expect((await strict.get(query)).status).toBe(status)
    expect(errors.map(error => error.code)).toEqual([code])
    expect(errors[0]?.message).toMatch(new RegExp(`\\(docs/errors\\.md#${code}\\)$`))
    await strict.close()
  })

  it('reaches WeChat as nothing but a token and a media_id', async () => {
    site.serve(res => sendMedia(res, jpegOf(10)))

    await site.get(`?access_token=theirs&media_id=${ANY_ID}&appid=x&__proto__[x]=1`)

    const [entry] = site.wechat.history.entries.filter(({ path }) => path === MEDIA)
    expect(Object.keys(entry?.parameters ?? {}).sort()).toEqual(['access_token', 'media_id'])
    expect(entry?.parameters.media_id).toBe(ANY_ID)
  })

  it('is never 500, whatever it is', async () => {
    const query = fc.record({
      media_id: fc.oneof(fc.string({ maxLength: 300 }), fc.base64String()),
      format: fc.option(fc.oneof(fc.string(), fc.constantFrom('binary', 'mp3'))),
      quality: fc.option(fc.oneof(fc.string(), fc.constant('high'))),
    })
    await fc.assert(
      fc.asyncProperty(query, async ({ media_id, format, quality }) => {
        const search = new URLSearchParams({ media_id })
        if (format !== null) search.set('format', format)
        if (quality !== null) search.set('quality', quality)
        const { status, json } = await site.get(`?${search}`)
        return status === 400 && (json as { status: number }).status === 400
      }),
      { numRuns: 100 },
    )
  })
})

describe('errors of media', () => {
  it.each([
    ['reset', 'reset' as const],
    ['cut', 'cut' as const],
    ['a page', 'html' as const],
    ['a refusal that echoes the token', { errcode: 40007 }],
  ])('show no token (%s)', async (_name, fault) => {
    const token = await site.tokenManager.getAccessToken()
    site.wechat.faults.always(
      MEDIA,
      typeof fault === 'string' ? fault : { ...fault, errmsg: `invalid ${token}` },
    )

    const error = await downloadMedia(site.tokenManager, ANY_ID).catch((error: unknown) => error)

    expect(error).toBeInstanceOf(WechatError)
    const shown =
      inspect(error, { depth: null, showHidden: true }) + JSON.stringify(error) + (error as Error).stack
    expect(shown).not.toContain(token)
    expect(shown).not.toContain('access_token=')
  })
})
