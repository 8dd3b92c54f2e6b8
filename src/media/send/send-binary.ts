import { createSingleFlight } from '../../util/single-flight.js'
import type { OpenedMedia } from '../../wechat-api/media/media.js'
import { detectMediaType } from '../media-type.js'
import { beginBytes } from './begin-bytes.js'
import type { Reservation, WholeMedia } from './media-cache.js'
import type { MediaRequest } from './media-request.js'
import { sendBuffer } from './send-buffer.js'
import {
  createRangeEncoder,
  identityEncoder,
  type MediaEncoder,
  streamToResponse,
} from './stream-to-response.js'
import { createNameEtag, mediaCache, readWhole, sendKept } from './whole-media.js'

/** A medium over this size is not kept in the cache: it is streamed from WeChat for each request, also for a range. */
const MAX_KEPT_BYTES = 2 * 1024 * 1024

interface Load {
  /** Returns the medium to the first caller if it was not kept. The others get undefined and open their own. */
  claim(): OpenedMedia | undefined
}

/** Single-flight by cache key: the ranges that a player asks for at the same time share one download. */
const loads = createSingleFlight<string, Load>({ abortsWithoutWaiters: true })

/** Sends the bytes as WeChat has them. A medium up to 2 MiB is kept for the next range. */
export async function sendBinary(request: MediaRequest): Promise<void> {
  if (await sendKept(request)) return
  const { cacheKey, signal } = request
  const load = asksForRange(request)
    ? await loads.run(cacheKey, flightSignal => loadMedia(request, flightSignal), { signal })
    : undefined
  if (load && (await sendKept(request))) return
  const media = load?.claim() ?? (await request.open(signal))
  await closeOnError(media, () => sendOpened(request, media))
}

function asksForRange({ receiver }: MediaRequest): boolean {
  const { method, headers } = receiver.res.req
  return method === 'GET' && headers.range !== undefined
}

/** Reads a medium at the pace of WeChat, and keeps it if the cache has room for it. */
async function loadMedia(request: MediaRequest, signal: AbortSignal): Promise<Load> {
  const media = await request.open(signal)
  return closeOnError(media, async () => {
    const reservation = reserveFor(media)
    if (!reservation) return createLoad(media)
    try {
      keep(request, media, reservation, await readWhole(media))
    } finally {
      reservation.release()
    }
    return createLoad(undefined)
  })
}

function createLoad(media: OpenedMedia | undefined): Load {
  let unclaimed = media
  return {
    claim() {
      const claimed = unclaimed
      unclaimed = undefined
      return claimed
    },
  }
}

async function sendOpened(request: MediaRequest, media: OpenedMedia): Promise<void> {
  const { receiver, query, idleTimeoutMs } = request
  const { mediaId } = query
  const { length, head } = media
  const { type, etag } = identify(request, media)
  const range = beginBytes(receiver.res, { type, mediaId, length, etag })
  if (media.isComplete) {
    const reservation = reserveFor(media)
    if (reservation) keep(request, media, reservation, head)
    return sendBuffer(receiver, range ? head.subarray(range.start, range.end) : head, idleTimeoutMs)
  }
  if (receiver.res.req.method === 'HEAD') {
    media.close()
    return receiver.end()
  }
  if (range) return streamToResponse(receiver, media, createRangeEncoder(range, length))
  await streamAndKeep(request, media)
}

async function streamAndKeep(request: MediaRequest, media: OpenedMedia): Promise<void> {
  const reservation = reserveFor(media)
  if (!reservation) return streamToResponse(request.receiver, media, identityEncoder)
  const encoder = createKeepingEncoder(data => keep(request, media, reservation, data))
  try {
    await streamToResponse(request.receiver, media, encoder)
  } finally {
    reservation.release()
  }
}

function createKeepingEncoder(onWhole: (data: Buffer) => void): MediaEncoder {
  const chunks: Buffer[] = []
  return {
    encode(chunk) {
      chunks.push(chunk)
      return chunk
    },
    end() {
      onWhole(Buffer.concat(chunks))
      return ''
    },
  }
}

function reserveFor({ length }: OpenedMedia): Reservation | undefined {
  return length !== undefined && length <= MAX_KEPT_BYTES ? mediaCache.reserve(length) : undefined
}

function keep(request: MediaRequest, media: OpenedMedia, reservation: Reservation, data: Buffer): void {
  reservation.keep(request.cacheKey, { ...identify(request, media), data })
}

/**
 * Returns the type under which the bytes are served, and their ETag.
 *
 * @throws {WechatRequestError} `media_type_not_served` (415)
 */
function identify({ query }: MediaRequest, media: OpenedMedia): Omit<WholeMedia, 'data'> {
  return {
    type: detectMediaType(media.contentType, media.head),
    etag: createNameEtag(query, media.length),
  }
}

async function closeOnError<Result>(media: OpenedMedia, task: () => Promise<Result>): Promise<Result> {
  try {
    return await task()
  } catch (error) {
    media.close()
    throw error
  }
}
