import { request } from 'node:http'
import type { RunningSimulator } from 'express-wechat/simulator'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { accessToken, amr, call, jpeg, legacyToken, mp4, patience, simulate } from '../../support.ts'

const day = 86_400_000

async function download(simulator: RunningSimulator, media_id: string, path = '/cgi-bin/media/get') {
  return call(simulator, path, { access_token: await accessToken(simulator), media_id })
}

async function upload(
  simulator: RunningSimulator,
  type: string,
  data: Buffer,
  { field = 'media', token }: { field?: string; token?: string } = {},
) {
  const body = new FormData()
  body.set(field, new File([new Uint8Array(data)], 'file.bin'))
  const access_token = token ?? (await accessToken(simulator))
  return call(simulator, '/cgi-bin/media/upload', { access_token, type }, { method: 'POST', body })
}

describe('media/get', () => {
  it('sends the bytes with the headers of a download', async () => {
    const simulator = await simulate()
    const mediaId = simulator.uploadMedia({ type: 'image', data: jpeg })
    const { status, headers, bytes } = await download(simulator, mediaId)
    expect(status).toBe(200)
    expect(bytes).toEqual(jpeg)
    expect(headers.get('content-type')).toBe('image/jpeg')
    expect(headers.get('content-length')).toBe(String(jpeg.length))
    expect(headers.get('content-disposition')).toBe(`attachment; filename="${mediaId}.jpg"`)
    expect(headers.get('cache-control')).toBe('no-cache, must-revalidate')
  })

  it('can leave the disposition out, and serve voice under another type', async () => {
    const simulator = await simulate({ mediaContentDisposition: false, voiceContentType: 'text/plain' })
    const { headers, bytes } = await download(simulator, simulator.uploadMedia({ type: 'voice', data: amr }))
    expect(headers.get('content-disposition')).toBeNull()
    expect(headers.get('content-type')).toBe('text/plain')
    expect(bytes).toEqual(amr)
  })

  it('answers the address of a video, which needs no token', async () => {
    const simulator = await simulate()
    const { body } = await download(simulator, simulator.uploadMedia({ type: 'video', data: mp4 }))
    expect(Object.keys(body)).toEqual(['video_url'])
    const video = await call({ url: '' }, String(body.video_url))
    expect([video.headers.get('content-type'), video.bytes]).toEqual(['video/mp4', mp4])
    const image = simulator.uploadMedia({ type: 'image', data: jpeg })
    expect((await call(simulator, `/video/${image}.mp4`)).body.errcode).toBe(40007)
    const elsewhere = simulator.uploadMedia({ type: 'video', data: mp4, videoUrl: 'http://127.0.0.1:9/v' })
    expect((await download(simulator, elsewhere)).body.video_url).toBe('http://127.0.0.1:9/v')
  })

  it('is 40007 for what is unknown or older than three days', async () => {
    const simulator = await simulate()
    const mediaId = simulator.uploadMedia({ type: 'image', data: jpeg })
    const unknown = await download(simulator, 'unknown')
    expect([unknown.status, unknown.headers.get('content-type')]).toEqual([200, 'text/plain'])
    expect(unknown.body.errmsg).toMatch(/^invalid media_id rid: /)
    simulator.advance(3 * day - 1)
    expect((await download(simulator, mediaId)).bytes).toEqual(jpeg)
    simulator.advance(1)
    expect((await download(simulator, mediaId)).body.errcode).toBe(40007)
  })

  it('wants a media id, and a token before it', async () => {
    const simulator = await simulate()
    expect((await download(simulator, '')).body.errcode).toBe(41006)
    expect((await call(simulator, '/cgi-bin/media/get', { media_id: 'x' })).body.errcode).toBe(41001)
  })
})

describe('media/get/jssdk', () => {
  const path = '/cgi-bin/media/get/jssdk'

  it('sends the better recording of a voice, and 40007 for anything else', async () => {
    const simulator = await simulate()
    const highQuality = Buffer.alloc(60, 7)
    const recorded = simulator.uploadMedia({ type: 'voice', data: amr, highQuality })
    const { headers, bytes } = await download(simulator, recorded, path)
    expect(bytes).toEqual(highQuality)
    expect(headers.get('content-type')).toBe('voice/speex')
    expect(headers.get('content-disposition')).toBe(`attachment; filename="${recorded}.speex"`)
    expect((await download(simulator, recorded)).bytes).toEqual(amr)
    const image = simulator.uploadMedia({ type: 'image', data: jpeg })
    expect((await download(simulator, image, path)).body.errcode).toBe(40007)
  })
})

describe('media/upload', () => {
  it('takes what media/get then gives', async () => {
    const simulator = await simulate()
    const { body } = await upload(simulator, 'image', jpeg)
    expect(body).toEqual({ type: 'image', media_id: expect.any(String), created_at: simulator.now() / 1000 })
    expect((await download(simulator, String(body.media_id))).bytes).toEqual(jpeg)
  })

  it('names the id of a thumb differently', async () => {
    const { body } = await upload(await simulate(), 'thumb', jpeg)
    expect(body).toEqual({
      type: 'thumb',
      thumb_media_id: expect.any(String),
      created_at: expect.any(Number),
    })
  })

  const refused: [string, string, Buffer, number][] = [
    ['an unknown type', 'file', jpeg, 40004],
    ['no bytes', 'image', Buffer.alloc(0), 44001],
    ['a voice as an image', 'image', amr, 40005],
    ['an image as a voice', 'voice', jpeg, 40005],
    ['an image of more than 10 MB', 'image', Buffer.concat([jpeg, Buffer.alloc(10 * 1024 * 1024)]), 40009],
    ['a voice of more than 2 MB', 'voice', Buffer.concat([amr, Buffer.alloc(2 * 1024 * 1024)]), 40010],
    ['a video of more than 10 MB', 'video', Buffer.concat([mp4, Buffer.alloc(10 * 1024 * 1024)]), 40011],
    ['a thumb of more than 64 KB', 'thumb', Buffer.concat([jpeg, Buffer.alloc(64 * 1024)]), 40012],
    ['more than anything may have', 'image', Buffer.alloc(17 * 1024 * 1024), 45001],
  ]

  it.each(refused)('refuses %s (%s)', async (_case, type, data, errcode) => {
    expect((await upload(await simulate(), type, data)).body.errcode).toBe(errcode)
  })

  it('refuses a form without the field, and a bad token', async () => {
    const simulator = await simulate()
    expect((await upload(simulator, 'image', jpeg, { field: 'file' })).body.errcode).toBe(41005)
    expect((await upload(simulator, 'image', jpeg, { token: 'x' })).body.errcode).toBe(40001)
    expect((await call(simulator, '/cgi-bin/media/upload')).body.errcode).toBe(43002)
  })

  it('is 412 for a body that is no multipart', async () => {
    const simulator = await simulate()
    const send = (contentType: string) =>
      call(
        simulator,
        '/cgi-bin/media/upload',
        {},
        { method: 'POST', body: 'x', headers: { 'content-type': contentType } },
      )
    expect((await send('image/jpeg')).status).toBe(412)
    expect((await send('multipart/form-data; boundary=y')).status).toBe(412)
  })

  it('is nothing to talk about where the caller went away', async () => {
    const failures = vi.spyOn(console, 'error').mockReturnValue()
    onTestFinished(() => failures.mockRestore())
    const simulator = await simulate()
    const upload = request(`${simulator.url}/cgi-bin/media/upload?type=image`, {
      method: 'POST',
      headers: { 'Content-Length': 1000, 'Content-Type': 'multipart/form-data; boundary=b' },
    }).on('error', () => {})
    upload.write('--b')
    await expect.poll(() => simulator.history.count('/cgi-bin/media/upload'), patience).toBe(1)
    const done = new Promise(resolve => simulator.history.onEntry(resolve))
    upload.destroy()
    await done
    expect((await legacyToken(simulator)).body.errcode).toBeUndefined()
    expect(failures).not.toHaveBeenCalled()
  })

  it('is 412 for a body without Content-Length', async () => {
    const simulator = await simulate()
    const access_token = await accessToken(simulator)
    const status = await new Promise((resolve, reject) => {
      const chunked = request(
        `${simulator.url}/cgi-bin/media/upload?access_token=${access_token}&type=image`,
        { method: 'POST', headers: { 'Content-Type': 'multipart/form-data; boundary=b' } },
        response => resolve(response.resume().statusCode),
      ).once('error', reject)
      chunked.write('--b\r\nContent-Disposition: form-data; name="media"; filename="a.jpg"\r\n\r\n')
      chunked.write(jpeg)
      chunked.end('\r\n--b--\r\n')
    })
    expect(status).toBe(412)
  })
})
