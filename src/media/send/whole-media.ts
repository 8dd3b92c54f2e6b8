import { hash } from 'node:crypto'
import { systemClock } from '../../util/clock.js'
import type { WechatAccount } from '../../wechat-api/account.js'
import type { OpenedMedia } from '../../wechat-api/media/media.js'
import type { MediaQuery } from '../media-query.js'
import { beginBytes } from './begin-bytes.js'
import { createMediaCache, type WholeMedia } from './media-cache.js'
import type { MediaRequest } from './media-request.js'
import { sendBuffer, waitForDelivery } from './send-buffer.js'

/** The cache of all handlers and accounts of this process, since they share its memory: 32 MiB, for 60 seconds each. */
export const mediaCache = createMediaCache({
  maxBytes: 32 * 1024 * 1024,
  ttlMs: 60_000,
  clock: systemClock,
})

const ETAG_DIGITS = 32

const accountNumbers = new WeakMap<WechatAccount, number>()
let accountCount = 0

/**
 * Returns the part of cache keys that separates accounts, and handlers of one account that allow different media.
 * Accounts are told apart by object and not by app id, because two with the same app id can belong to two simulators.
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

/** Sends a medium, or the range that the request asks for, from the cache. Resolves with false if it is not there. */
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

/** Sends a medium that is in memory, or the range that the request asks for. */
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

/** Makes an ETag from the bytes, because two versions of a converter can make different bytes of one recording. */
export function createBytesEtag(data: Buffer): string {
  return createEtag(data)
}

/** Makes an ETag from the `media_id`, before all bytes have arrived: WeChat never changes the bytes of a `media_id`. */
export function createNameEtag({ mediaId, isHighQuality }: MediaQuery, length: number | undefined): string {
  return createEtag(`${mediaId} ${isHighQuality} ${length}`)
}

function createEtag(content: Buffer | string): string {
  return `"${hash('sha256', content, 'hex').slice(0, ETAG_DIGITS)}"`
}
