import { createHash } from 'node:crypto'
import { mkdtemp, readdir, readFile, rm, utimes, writeFile } from 'node:fs/promises'
import type { ServerResponse } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PassThrough, Writable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { saveMedia } from 'express-wechat'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { ANY_ID, jpegOf, type MediaSite, sendMedia, startMediaSite } from '../support/media-site.ts'

let site: MediaSite
let folder: string
beforeAll(async () => {
  site = await startMediaSite()
})
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'media-'))
  site.wechat.faults.clear()
  site.wechat.history.clear()
})
afterEach(() => rm(folder, { recursive: true }))
afterAll(() => site.close())

const data = jpegOf(1_000_000)
const sha256 = createHash('sha256').update(data).digest('hex')

function serveBroken(res: ServerResponse): void {
  res.writeHead(200, { 'Content-Type': 'image/jpeg', 'Content-Length': data.length })
  res.write(data.subarray(0, 500_000), () => res.destroy())
}

describe('saveMedia to a folder', () => {
  it('writes the whole under a safe name, and says what it wrote', async () => {
    site.serve(res => sendMedia(res, data))
    const deeper = join(folder, 'a', 'b')

    const saved = await saveMedia(site.tokenManager, ANY_ID, deeper)

    expect(saved).toEqual({
      fileName: expect.stringMatching(/^media-[0-9a-f]{32}\.jpg$/),
      contentType: 'image/jpeg',
      extension: 'jpg',
      size: data.length,
      sha256,
      path: join(deeper, saved.fileName),
    })
    expect(await readdir(deeper)).toEqual([saved.fileName])
    expect((await readFile(saved.path ?? '')).equals(data)).toBe(true)
  })

  it('names a file by its bytes if WeChat calls it text', async () => {
    site.serve(res => sendMedia(res, data, { contentType: 'text/plain' }))

    const saved = await saveMedia(site.tokenManager, ANY_ID, folder)

    expect(saved).toMatchObject({ contentType: 'image/jpeg', extension: 'jpg', sha256 })
  })

  it('gives one id one name, ids that differ in case two, and lets nothing of WeChat into it', async () => {
    site.serve(res => {
      res.setHeader('Content-disposition', 'attachment; filename="../../../../tmp/evil.sh"')
      sendMedia(res, data)
    })

    const names = []
    for (const id of ['abc', 'abc', 'ABC']) {
      names.push((await saveMedia(site.tokenManager, id, folder)).fileName)
    }

    expect(new Set(names).size).toBe(2)
    expect((await readdir(folder)).sort()).toEqual([...new Set(names)].sort())
  })

  it('replaces an older file of the name only when the new one is whole', async () => {
    site.serve(res => sendMedia(res, data))
    const { path = '' } = await saveMedia(site.tokenManager, ANY_ID, folder)
    await writeFile(path, 'older')

    site.serve(serveBroken)
    await expect(saveMedia(site.tokenManager, ANY_ID, folder)).rejects.toMatchObject({ status: 502 })
    expect(await readFile(path, 'utf8')).toBe('older')

    site.serve(res => sendMedia(res, data))
    await saveMedia(site.tokenManager, ANY_ID, folder)
    expect((await readFile(path)).equals(data)).toBe(true)
  })

  it.each<[string, (res: ServerResponse) => void, number]>([
    ['breaks off', serveBroken, 502],
    ['is a refusal', res => sendMedia(res, Buffer.from('{"errcode":40007}')), 400],
    ['is a page', res => sendMedia(res, Buffer.from('<html>')), 502],
    ['is text', res => sendMedia(res, Buffer.from('busy'), { contentType: 'text/plain' }), 502],
    ['is of another type', res => sendMedia(res, Buffer.from('BM'), { contentType: 'image/bmp' }), 415],
    ['is too large', res => sendMedia(res, jpegOf(20 * 1024 * 1024 + 1), { length: false }), 413],
  ])('leaves no file where the answer %s', async (_name, answer, status) => {
    site.serve(answer)

    await expect(saveMedia(site.tokenManager, ANY_ID, folder)).rejects.toMatchObject({ status })
    expect(await readdir(folder)).toEqual([])
  })

  it('shows no file under the name before all of it is there', async () => {
    const half = Promise.withResolvers<ServerResponse>()
    site.serve(res => {
      res.writeHead(200, { 'Content-Type': 'image/jpeg', 'Content-Length': data.length })
      res.write(data.subarray(0, 500_000), () => half.resolve(res))
    })

    const saving = saveMedia(site.tokenManager, ANY_ID, folder)
    const res = await half.promise
    expect((await readdir(folder)).filter(name => !name.endsWith('.part'))).toEqual([])
    res.end(data.subarray(500_000))

    const { fileName } = await saving
    expect(await readdir(folder)).toEqual([fileName])
  })

  it('shares one download among all who ask at once, and starts anew afterwards', async () => {
    site.serve(res => sendMedia(res, data))

    const all = await Promise.all(
      Array.from({ length: 20 }, () => saveMedia(site.tokenManager, ANY_ID, folder)),
    )

    expect(new Set(all).size).toBe(1)
    expect(site.asked()).toBe(1)
    await saveMedia(site.tokenManager, ANY_ID, folder)
    expect(site.asked()).toBe(2)
  })

  it('fails for all who share a download that fails, and is not remembered', async () => {
    site.serve(serveBroken)
    const all = await Promise.allSettled(
      Array.from({ length: 5 }, () => saveMedia(site.tokenManager, ANY_ID, folder)),
    )
    expect(all.every(({ status }) => status === 'rejected')).toBe(true)
    expect(site.asked()).toBe(1)

    site.serve(res => sendMedia(res, data))
    expect(await saveMedia(site.tokenManager, ANY_ID, folder)).toMatchObject({ sha256 })
  })

  it('goes on for the others when one of them gives up', async () => {
    const asked = Promise.withResolvers<ServerResponse>()
    site.serve(asked.resolve)
    const impatient = new AbortController()

    const first = saveMedia(site.tokenManager, ANY_ID, folder, { signal: impatient.signal })
    const second = saveMedia(site.tokenManager, ANY_ID, folder)
    const res = await asked.promise
    impatient.abort(new Error('too slow'))
    await expect(first).rejects.toThrow('too slow')
    sendMedia(res, data)

    expect(await second).toMatchObject({ sha256 })
    expect(site.asked()).toBe(1)
  })

  it('stops, and leaves no file, when all of them give up', async () => {
    const closed = Promise.withResolvers<void>()
    const begun = Promise.withResolvers<void>()
    site.serve(res => {
      res.once('close', closed.resolve)
      res.writeHead(200, { 'Content-Type': 'image/jpeg', 'Content-Length': data.length })
      res.write(data.subarray(0, 500_000), () => begun.resolve())
    })
    const gone = new AbortController()

    const all = [1, 2].map(() => saveMedia(site.tokenManager, ANY_ID, folder, { signal: gone.signal }))
    await begun.promise
    gone.abort(new Error('gone'))

    for (const saving of all) await expect(saving).rejects.toThrow('gone')
    await closed.promise
    await expect.poll(() => readdir(folder), { timeout: 20_000 }).toEqual([])
    site.serve(res => sendMedia(res, data))
    expect(await saveMedia(site.tokenManager, ANY_ID, folder)).toMatchObject({ sha256 })
  })

  it('closes the connection where the folder can not be written', async () => {
    const file = join(folder, 'file')
    await writeFile(file, '')

    await expect(saveMedia(site.tokenManager, ANY_ID, file)).rejects.toMatchObject({ code: 'EEXIST' })
  })
})

describe('saveMedia to a stream', () => {
  it('writes all of it and ends it', async () => {
    site.serve(res => sendMedia(res, data))
    const target = new PassThrough()
    const written = buffer(target)

    const saved = await saveMedia(site.tokenManager, ANY_ID, target)

    expect(saved).toMatchObject({ size: data.length, sha256, extension: 'jpg', path: undefined })
    expect((await written).equals(data)).toBe(true)
  })

  it.each<[string, (res: ServerResponse) => void, string]>([
    ['the download breaks off', serveBroken, 'wechat_unreachable'],
    ['there is no medium', res => sendMedia(res, Buffer.from('{"errcode":40007}')), 'wechat_refused'],
  ])('destroys it, and never ends it, where %s', async (_name, answer, code) => {
    site.serve(answer)
    const target = new PassThrough()
    target.resume()

    await expect(saveMedia(site.tokenManager, ANY_ID, target)).rejects.toMatchObject({ code })

    expect(target.destroyed).toBe(true)
    expect(target.writableFinished).toBe(false)
  })

  it('closes the connection where the stream fails', async () => {
    const closed = Promise.withResolvers<void>()
    site.serve(res => {
      res.once('close', closed.resolve)
      res.writeHead(200, { 'Content-Type': 'image/jpeg' })
      res.write(data)
    })
    const target = new Writable({ write: (_chunk, _encoding, callback) => callback(new Error('disk full')) })

    await expect(saveMedia(site.tokenManager, ANY_ID, target)).rejects.toThrow('disk full')
    await closed.promise
  })
})

describe('saveMedia through a function', () => {
  it('hands over a stream with all that a store wants to know', async () => {
    site.serve(res => sendMedia(res, data))
    const objects = new Map<string, Buffer>()

    const saved = await saveMedia(site.tokenManager, ANY_ID, async media => {
      expect(media).toMatchObject({ contentType: 'image/jpeg', size: data.length })
      objects.set(media.fileName, await buffer(media.stream))
    })

    expect(saved).toMatchObject({ size: data.length, sha256 })
    expect(objects.get(saved.fileName)?.equals(data)).toBe(true)
  })

  it('fails what the store reads where the download breaks off', async () => {
    site.serve(serveBroken)
    let stored: Buffer | undefined

    const saving = saveMedia(site.tokenManager, ANY_ID, async ({ stream }) => {
      stored = await buffer(stream)
    })

    await expect(saving).rejects.toMatchObject({ status: 502 })
    expect(stored).toBeUndefined()
  })

  it('fails with the error of the store, and closes the connection', async () => {
    const closed = Promise.withResolvers<void>()
    site.serve(res => {
      res.once('close', closed.resolve)
      res.writeHead(200, { 'Content-Type': 'image/jpeg' })
      res.write(data)
    })

    const saving = saveMedia(site.tokenManager, ANY_ID, () => Promise.reject(new Error('access denied')))

    await expect(saving).rejects.toThrow('access denied')
    await closed.promise
  })

  it('does not take it for saved where the store left some of it unread', async () => {
    site.serve(res => sendMedia(res, data))

    await expect(saveMedia(site.tokenManager, ANY_ID, async () => {})).rejects.toThrow('unread')
  })
})

describe('part files of a killed save', () => {
  const part = (name: string) => `.media-0123456789abcdef.jpg.${name}.part`
  const old = part('00112233aabbccdd')
  const others = [part('ffeeddccbbaa9988'), '.media-notes.part', 'photo.part', part('00112233AABBCCDD')]

  it('are removed by the next save in their folder if they are over an hour old', async () => {
    site.serve(res => sendMedia(res, data))
    const hourAgo = Date.now() / 1000 - 3_601
    for (const name of [old, ...others]) {
      await writeFile(join(folder, name), 'a part')
      if (name !== others[0]) await utimes(join(folder, name), hourAgo, hourAgo)
    }
    const { fileName } = await saveMedia(site.tokenManager, ANY_ID, folder)
    expect((await readdir(folder)).sort()).toEqual([fileName, ...others].sort())
  })
})

describe('what saveMedia is given', () => {
  it.each<[string, unknown, unknown, string]>([
    ['no token manager', undefined, './x', 'the first argument must be what createTokenManager() returns'],
    ['no target', true, undefined, 'the target must be the path of a folder, a stream or a function'],
    ['an empty path', true, '', 'the target must be the path of a folder, a stream or a function'],
  ])('is called wrong where it is %s', async (_name, manager, target, complaint) => {
    const args = [manager && site.tokenManager, ANY_ID, target] as unknown as Parameters<typeof saveMedia>

    await expect(saveMedia(...args)).rejects.toThrow(`saveMedia: ${complaint}`)
    expect(site.wechat.history.entries).toHaveLength(0)
  })
})
