import { hash } from 'node:crypto'
import { systemClock } from '../../util/clock.js'
import type { WechatAccount } from '../../wechat-api/account.js'
import type { OpenedMedia } from '../../wechat-api/media/media.js'
import type { MediaQuery } from '../media-query.js'
import { beginBytes } from './begin-bytes.js'
import { createMediaCache, type WholeMedia } from './media-cache.js'
import type { MediaRequest } from './media-request.js'
import { sendBuffer, waitForDelivery } from './send-buffer.js'

/** Memory belongs to the process: the media of all handlers and accounts count together. */
export const mediaCache = createMediaCache({
  maxBytes: 32 * 1024 * 1024,
  ttlMs: 60_000,
  clock: systemClock,
})

const ETAG_DIGITS = 32

const accountNumbers = new WeakMap<WechatAccount, number>()
let accountCount = 0

/**
 * Returns the part of cache keys that separates accounts, and handlers of one account that allow different media. The
 * account is told by its object: two of the same app id can be two simulators.
 */
export function getCacheScope(
  account: WechatAccount,
  { maxBytes, videoHosts }: { maxBytes: number; videoHosts: readonly string[] },
): string {
  let accountNumber = accountNumbers.get(account)
  if (accountNumber === undefined) {
    accountCount += 1
    accountNumber = accountCount
    accountNumbers.set(account, accountNumber)
  }
  return JSON.stringify([accountNumber, maxBytes, videoHosts])
}

/** Sends the medium from the cache, or the range of it that is asked for. Returns false if it is not there. */
export async function sendKept(request: MediaRequest): Promise<boolean> {
  const taken = mediaCache.take(request.cacheKey)
  if (!taken) return false
  try {
    await sendWhole(request, taken.media)
    await waitForDelivery(request.receiver.res, request.idleTimeoutMs)
  } finally {
    taken.release()
  }
  return true
}

/** Sends a medium that is in memory, or the range of it that is asked for. */
export async function sendWhole(request: MediaRequest, { type, data, etag }: WholeMedia): Promise<void> {
  const { receiver, query, idleTimeoutMs } = request
  const { mediaId } = query
  const range = beginBytes(receiver.res, { type, mediaId, length: data.length, etag })
  await sendBuffer(receiver, range ? data.subarray(range.start, range.end) : data, idleTimeoutMs)
}

export function readWhole(media: OpenedMedia): Promise<Buffer> {
  if (media.isComplete) return Promise.resolve(media.head)
  const { promise, resolve, reject } = Promise.withResolvers<Buffer>()
  const chunks = [media.head]
  media.flowTo({
    onChunk(chunk) {
      chunks.push(chunk)
      return true
    },
    onEnd: () => resolve(Buffer.concat(chunks)),
    onFailure: reject,
  })
  return promise
}

/** Makes the ETag of the bytes themselves, because two versions of a converter can write different bytes. */
export function createBytesEtag(data: Buffer): string {
  return createEtag(data)
}

/** WeChat never changes the bytes of a `media_id`, so that its name is enough before they have all arrived. */
export function createNameEtag({ mediaId, isHighQuality }: MediaQuery, length: number | undefined): string {
  return createEtag(`${mediaId} ${isHighQuality} ${length}`)
}

function createEtag(content: Buffer | string): string {
  return `"${hash('sha256', content, 'hex').slice(0, ETAG_DIGITS)}"`
}
