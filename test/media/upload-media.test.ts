import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PassThrough, Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import {
  createTokenManager,
  downloadMedia,
  type TokenManager,
  type UploadSource,
  type UploadType,
  uploadMedia,
  WechatConfigError,
} from 'express-wechat'
import { type RunningSimulator, startSimulator } from 'express-wechat/simulator'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { listen } from '../support/listen.ts'

const UPLOAD = '/cgi-bin/media/upload'
const KIB = 1024
const MIB = 1024 * KIB

const beginnings = {
  jpg: Buffer.from([0xff, 0xd8, 0xff, 0xe0]),
  png: Buffer.from([0x89, 0x50, 0x4e, 0x47]),
  gif: Buffer.from('GIF89a'),
  amr: Buffer.from('#!AMR\n'),
  mp3: Buffer.from('ID3'),
  mp4: Buffer.from('\0\0\0\x18ftypmp42'),
}

let wechat: RunningSimulator
let tokenManager: TokenManager
let folder: string

beforeAll(async () => {
  wechat = await startSimulator()
  folder = await mkdtemp(join(tmpdir(), 'upload-'))
})
beforeEach(() => {
  wechat.faults.clear()
  wechat.history.clear()
  tokenManager = createTokenManager({
    appId: wechat.appId,
    appSecret: wechat.appSecret,
    apiBaseUrl: wechat.url,
    openBaseUrl: wechat.url,
  })
})
afterAll(async () => {
  await wechat.close()
  await rm(folder, { recursive: true })
})

function file(extension: keyof typeof beginnings, size: number): Buffer {
  const bytes = Buffer.alloc(size)
  beginnings[extension].copy(bytes)
  // Ends unlike it begins, so that a missing tail is seen.
  if (size > 32) bytes.write('the end', size - 7)
  return bytes
}

async function onDisk(bytes: Buffer): Promise<string> {
  const path = join(folder, `${crypto.randomUUID()}.bin`)
  await writeFile(path, bytes)
  return path
}

function pieces(bytes: Buffer, size = 1_000): Readable {
  return Readable.from(
    (function* () {
      for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size)
    })(),
    { objectMode: false },
  )
}

const sources: [string, (bytes: Buffer) => Promise<[UploadSource, number | undefined]>][] = [
  ['bytes', async bytes => [bytes, undefined]],
  ['a path', async bytes => [await onDisk(bytes), undefined]],
  ['a stream of unknown size', async bytes => [pieces(bytes), undefined]],
  ['a stream of a given size', async bytes => [pieces(bytes), bytes.length]],
  [
    'a stream in single bytes',
    async bytes => [pieces(bytes.subarray(0, 2_000), 1), Math.min(2_000, bytes.length)],
  ],
]

describe('uploadMedia', () => {
  it.each(sources)('uploads %s, which WeChat gives back byte for byte', async (_name, make) => {
    const bytes = file('jpg', 2_000)
    const [source, size] = await make(bytes)

    const uploaded = await uploadMedia(tokenManager, source, { type: 'image', size })

    expect(uploaded).toEqual({ type: 'image', mediaId: expect.any(String), createdAt: expect.any(Date) })
    const { stream } = await downloadMedia(tokenManager, uploaded.mediaId)
    expect((await buffer(stream)).equals(bytes)).toBe(true)
  })

  it.each<[UploadType, keyof typeof beginnings, number]>([
    ['image', 'png', 10 * MIB],
    ['image', 'gif', 100],
    ['voice', 'amr', 2 * MIB],
    ['voice', 'mp3', 100],
    ['video', 'mp4', 10 * MIB],
    ['thumb', 'jpg', 64 * KIB],
  ])('uploads a %s of type %s with %i bytes from a path', async (type, extension, size) => {
    const path = await onDisk(file(extension, size))
    const { mediaId } = await uploadMedia(tokenManager, path, { type })
    expect(mediaId).not.toBe('')
  })

  it.each<[UploadType, keyof typeof beginnings, number]>([
    ['image', 'jpg', 10 * MIB + 1],
    ['voice', 'amr', 2 * MIB + 1],
    ['video', 'mp4', 10 * MIB + 1],
    ['thumb', 'jpg', 64 * KIB + 1],
  ])('refuses a %s of type %s with %i bytes before it calls WeChat', async (type, extension, size) => {
    const bytes = file(extension, size)
    for (const [, make] of sources.slice(0, 4)) {
      const [source, given] = await make(bytes)
      await expect(uploadMedia(tokenManager, source, { type, size: given })).rejects.toMatchObject({
        code: 'upload_too_large',
        status: 413,
      })
    }
    expect(wechat.history.entries).toHaveLength(0)
  })

  it.each<[UploadType, Buffer]>([
    ['image', file('amr', 100)],
    ['voice', file('jpg', 100)],
    ['video', file('png', 100)],
    ['thumb', file('png', 100)],
    ['image', Buffer.from('<html>')],
    ['image', Buffer.from([0xff])],
  ])('refuses other bytes than those of a %s before it calls WeChat', async (type, bytes) => {
    for (const [, make] of sources.slice(0, 4)) {
      const [source, size] = await make(bytes)
      await expect(uploadMedia(tokenManager, source, { type, size })).rejects.toMatchObject({
        code: 'upload_type_mismatch',
        status: 415,
      })
    }
    expect(wechat.history.entries).toHaveLength(0)
  })

  it('refuses an empty file', async () => {
    for (const source of [Buffer.alloc(0), await onDisk(Buffer.alloc(0)), Readable.from([])]) {
      await expect(uploadMedia(tokenManager, source, { type: 'image' })).rejects.toMatchObject({
        code: 'upload_empty',
      })
    }
  })

  it.each(sources.slice(0, 3))('repeats an upload of %s once after a dead token', async (_name, make) => {
    await tokenManager.getAccessToken()
    wechat.revokeAccessToken()
    const bytes = file('jpg', 2_000)
    const [source, size] = await make(bytes)

    const { mediaId } = await uploadMedia(tokenManager, source, { type: 'image', size })

    const { stream } = await downloadMedia(tokenManager, mediaId)
    expect((await buffer(stream)).equals(bytes)).toBe(true)
    expect(wechat.history.count(UPLOAD)).toBe(2)
  })

  it('does not repeat a stream that was sent as it was read, but reports the dead token', async () => {
    const dead = await tokenManager.getAccessToken()
    wechat.revokeAccessToken()
    const bytes = file('jpg', 2_000)

    const options = { type: 'image', size: bytes.length } as const
    await expect(uploadMedia(tokenManager, pieces(bytes), options)).rejects.toMatchObject({ errcode: 40001 })

    expect(wechat.history.count(UPLOAD)).toBe(1)
    expect(await tokenManager.getAccessToken()).not.toBe(dead)
  })

  it('repeats a dead token no second time', async () => {
    wechat.faults.always(UPLOAD, {
      handle(_req, res) {
        wechat.revokeAccessToken()
        res.json({ errcode: 40001, errmsg: 'invalid credential' })
      },
    })
    await expect(uploadMedia(tokenManager, file('jpg', 100), { type: 'image' })).rejects.toMatchObject({
      errcode: 40001,
    })
    expect(wechat.history.count(UPLOAD)).toBe(2)
  })

  it('does not send a dead token again that WeChat returns again', async () => {
    wechat.faults.always(UPLOAD, { errcode: 40001 })
    await expect(uploadMedia(tokenManager, file('jpg', 100), { type: 'image' })).rejects.toMatchObject({
      errcode: 40001,
    })
    expect(wechat.history.count(UPLOAD)).toBe(1)
  })

  it('sends a Content-Length and no chunks', async () => {
    const seen: unknown[] = []
    wechat.faults.always(UPLOAD, {
      handle(req, res) {
        seen.push([req.headers['content-length'], req.headers['transfer-encoding']])
        req.resume().once('end', () => res.json({ media_id: 'a', created_at: '1700000000' }))
      },
    })
    for (const [, make] of sources.slice(0, 4)) {
      const [source, size] = await make(file('jpg', 2_000))
      await uploadMedia(tokenManager, source, { type: 'image', size })
    }
    expect(seen).toEqual(Array(4).fill([expect.stringMatching(/^2\d\d\d$/), undefined]))
  })

  it('hands over the error of the source as it is', async () => {
    const mistake = new Error('the disk is gone')
    const failing = new PassThrough()
    failing.write(file('jpg', 100))
    const upload = uploadMedia(tokenManager, failing, { type: 'image', size: 5_000 })
    setImmediate(() => failing.destroy(mistake))
    await expect(upload).rejects.toBe(mistake)
    await expect(
      uploadMedia(tokenManager, join(folder, 'none.jpg'), { type: 'image' }),
    ).rejects.toMatchObject({
      code: 'ENOENT',
    })
  })

  it('can be given up while it waits for its source', async () => {
    const impatient = new AbortController()
    for (const size of [undefined, 5_000]) {
      const silent = new PassThrough()
      silent.write(file('jpg', 100))
      const upload = uploadMedia(tokenManager, silent, { type: 'image', size, signal: impatient.signal })
      impatient.abort(new Error('gone'))
      await expect(upload).rejects.toThrow('gone')
      expect(silent.destroyed).toBe(true)
    }
  })

  it('leaves no connection error with the token in it', async () => {
    const upstream = await listen((_req, res) => res.socket?.destroy())
    const elsewhere = createTokenManager({
      appId: wechat.appId,
      appSecret: wechat.appSecret,
      apiBaseUrl: upstream.origin,
      openBaseUrl: upstream.origin,
    })
    const manager = { ...elsewhere, getAccessToken: async () => 'a-canary-token' } as TokenManager
    const error = await uploadMedia(Object.assign(elsewhere, manager), file('jpg', 100), {
      type: 'image',
    }).catch((failure: unknown) => failure)
    await upstream.close()
    expect(error).toMatchObject({ code: 'wechat_unreachable' })
    expect(String((error as Error).stack)).not.toContain('canary')
  })

  it.each([
    [undefined, { type: 'image' }, /uploadMedia: the second argument/],
    [Buffer.from('x'), { type: 'file' }, /uploadMedia: "type"/],
    [Buffer.from('x'), { type: 'image', size: -1 }, /uploadMedia: "size"/],
    [Buffer.from('x'), undefined, /uploadMedia: "type"/],
  ])('refuses %o with %o', async (source, options, message) => {
    const upload = uploadMedia(tokenManager, source as Buffer, options as { type: 'image' })
    await expect(upload).rejects.toThrow(message)
    await expect(upload).rejects.toBeInstanceOf(WechatConfigError)
  })

  // Last, because the simulator can record the broken upload after its answer was given up.
  it.each([
    ['fewer', 3_000],
    ['more', 1_000],
  ])('fails if a stream gives %s bytes than its size says', async (_name, size) => {
    const source = pieces(file('jpg', 2_000), 100)
    await expect(uploadMedia(tokenManager, source, { type: 'image', size })).rejects.toMatchObject({
      code: 'upload_size_mismatch',
    })
    expect(source.destroyed).toBe(true)
  })
})
