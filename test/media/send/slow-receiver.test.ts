import type { ServerResponse } from 'node:http'
import { buffer } from 'node:stream/consumers'
import type { Response } from 'express'
import { downloadMedia, saveMedia } from 'express-wechat'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { getContext } from '../../../src/tokens/context.ts'
import { createMediaId, jpegOf, MEDIA, type MediaSite, startMediaSite } from '../../support/media-site.ts'

/**
 * The library has to take all of a medium while the receiver reads nothing, and must not have handed over its end: only
 * then can the upstream close early. Each step on the way holds at least 64 KiB before it stops the step before it:
 * the beginning, the response of `node:http`, and for `saveMedia` the stream of the download, too.
 */
const STEP_BYTES = 64 * 1024
/** The smallest size of a known length that is streamed instead of held whole. */
const STREAMED = jpegOf(2 * STEP_BYTES + 1)
const SAVED = jpegOf(3 * STEP_BYTES)
const VIDEO = '/video/x.mp4'
const PATIENCE = { timeout: 20_000 }

let site: MediaSite
let corked: PromiseWithResolvers<Response>
beforeAll(async () => {
  site = await startMediaSite({}, app => {
    // A corked response sends nothing, as if the receiver had stopped reading and all buffers before it were full.
    app.use((_req, res, next) => {
      res.cork()
      corked.resolve(res)
      next()
    })
  })
})
let id: string
beforeEach(() => {
  id = createMediaId()
  corked = Promise.withResolvers()
  site.wechat.faults.clear()
})
afterAll(() => site.close())

/** Asks for the medium, reads nothing of it until the upstream has closed, and then reads all of it. */
type Receive = (upstreamClosed: Promise<void>) => Promise<Buffer>

async function receiveAnswer(query: string, upstreamClosed: Promise<void>): Promise<Buffer> {
  const release = async () => {
    const res = await corked.promise
    await upstreamClosed
    res.uncork()
  }
  const [{ status, isWhole, body }] = await Promise.all([site.get(`?media_id=${id}${query}`), release()])
  expect(status).toBe(200)
  if (!isWhole) throw new Error('the answer is cut off')
  return body
}

async function receiveBase64(upstreamClosed: Promise<void>): Promise<Buffer> {
  const body = await receiveAnswer('', upstreamClosed)
  return Buffer.from(JSON.parse(body.toString()).media_data, 'base64')
}

async function receiveDownload(upstreamClosed: Promise<void>): Promise<Buffer> {
  const { stream } = await downloadMedia(site.tokenManager, id)
  await upstreamClosed
  return buffer(stream)
}

async function receiveSaved(upstreamClosed: Promise<void>): Promise<Buffer> {
  let saved = Buffer.alloc(0)
  await saveMedia(site.tokenManager, id, async ({ stream }) => {
    await upstreamClosed
    saved = await buffer(stream)
  })
  return saved
}

const WAYS: [string, Buffer, Receive][] = [
  ['binary', STREAMED, closed => receiveAnswer('&format=binary', closed)],
  ['base64', STREAMED, receiveBase64],
  ['downloadMedia', STREAMED, receiveDownload],
  ['saveMedia', SAVED, receiveSaved],
]

const SOURCES: [string, string][] = [
  ['medium', MEDIA],
  ['video', VIDEO],
]

const CONNECTIONS = ['close', 'keep-alive'] as const
type Connection = (typeof CONNECTIONS)[number]

/** Scripts the answer of one path; for a video the media path leads there. */
function serveAt(path: string, handle: (res: ServerResponse) => void): void {
  site.serve(handle, path)
  if (path === VIDEO) {
    site.wechat.faults.always(MEDIA, { json: { video_url: `${site.wechat.url}${VIDEO}` } })
  }
}

/** Announces the whole size, and sends so many bytes of it. */
function writeMedia(res: ServerResponse, connection: Connection, data: Buffer, bytes: number): void {
  res.writeHead(200, { 'Content-Type': 'image/jpeg', 'Content-Length': data.length, Connection: connection })
  res.write(data.subarray(0, bytes))
}

/** Sends so many bytes and closes; the promise resolves when the library has closed its side of the connection, too. */
function serveAndClose(
  path: string,
  connection: Connection,
  data: Buffer,
  bytes = data.length,
): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>()
  serveAt(path, res => {
    writeMedia(res, connection, data, bytes)
    res.socket?.once('close', () => resolve()).end()
  })
  return promise
}

/** Sends everything, and resets the connection when the library has read all of it. */
async function serveAndReset(path: string, data: Buffer): Promise<void> {
  const { http } = getContext(site.tokenManager).client.network.direct
  const socketsInUse = () => Object.values(http.sockets).flatMap(sockets => sockets ?? [])
  const sent = Promise.withResolvers<ServerResponse>()
  serveAt(path, res => {
    writeMedia(res, 'keep-alive', data, data.length)
    sent.resolve(res)
  })
  const res = await sent.promise
  await expect.poll(() => socketsInUse()[0]?.bytesRead ?? 0, PATIENCE).toBeGreaterThan(data.length)
  res.socket?.resetAndDestroy()
  await expect.poll(socketsInUse, PATIENCE).toEqual([])
}

describe.each(SOURCES)('a %s whose upstream closes while the receiver is behind', (_source, path) => {
  describe.each(WAYS)('by %s', (_way, data, receive) => {
    it.each(CONNECTIONS)('arrives whole if the upstream has sent everything (%s)', async connection => {
      const received = await receive(serveAndClose(path, connection, data))

      expect(received.equals(data)).toBe(true)
    })

    it('arrives whole if the upstream resets the connection after the last byte', async () => {
      const received = await receive(serveAndReset(path, data))

      expect(received.equals(data)).toBe(true)
    })

    it.each(CONNECTIONS)('stays visibly broken if the last byte is missing (%s)', async connection => {
      const receiving = receive(serveAndClose(path, connection, data, data.length - 1))

      await expect(receiving).rejects.toThrow(/cut off|hang up|the connection to 127\.0\.0\.1:\d+ failed/)
    })
  })
})
