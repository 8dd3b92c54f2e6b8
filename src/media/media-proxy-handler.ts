import type { RequestHandler, Response } from 'express'
import { z } from 'zod'
import { unavailableError } from '../errors/create-error.js'
import { asyncHandler } from '../http/async-handler.js'
import { corsShape, type WechatCorsOption, withCors } from '../http/cors.js'
import { errorAnswerShape, type WechatErrorAnswerOption } from '../http/error-answer-option.js'
import { createPublicOrigin, originOptionsShape, type WechatOriginOptions } from '../http/public-origin.js'
import { sendMethodNotAllowed } from '../http/route.js'
import { resolveTokenManager, type TokenManagerOption, tokenManagerShape } from '../tokens/manager-option.js'
import { parseOptions } from '../util/parse-options.js'
import { createSemaphore, type ReleaseSlot } from '../util/semaphore.js'
import type { OpenedMedia } from '../wechat-api/media/media.js'
import { type MediaLimitOptions, mediaLimitsShape } from './media-limits.js'
import { type MediaQuery, readMediaQuery } from './media-query.js'
import { openManagedMedia } from './open-managed-media.js'
import { sendBase64 } from './send-base64.js'
import { sendBinary } from './send-binary.js'
import { MAX_VOICE_BYTES, sendVoice } from './send-voice.js'
import { waitForDelivery } from './stream-to-response.js'

export interface MediaProxyOptions
  extends TokenManagerOption,
    WechatErrorAnswerOption,
    WechatOriginOptions,
    WechatCorsOption,
    MediaLimitOptions {
  /** Maximum concurrent downloads in this process; further requests get 503. @default 128 */
  maxConcurrent?: number | undefined
}

/** The options that are the handler's own, which `wechatRouter({ media })` takes too. */
export const mediaProxyOwnShape = {
  ...mediaLimitsShape,
  maxConcurrent: z
    .number('must be a number of downloads')
    .int('must be a number of downloads')
    .positive('must be a number of downloads')
    .default(128),
}

const optionsSchema = z.strictObject({
  ...tokenManagerShape,
  ...errorAnswerShape,
  ...originOptionsShape,
  ...corsShape,
  ...mediaProxyOwnShape,
})

const RETRY_AFTER_SECONDS = 2

/** Sockets and memory belong to the process: the downloads of all handlers and accounts count together. */
const downloadSlots = createSemaphore(Number.POSITIVE_INFINITY)

/**
 * Answers `GET {url}?media_id=` with what a page recorded or photographed: `{"content_type", "media_data"}` in base64,
 * or the bytes with `format=binary`. Memory does not grow with the file.
 *
 * `quality=high` takes the 16 kHz recording of a JS-SDK voice; `format=mp3` or `wav` gives a voice that ordinary
 * browsers play.
 *
 * The handler asks for no login, since back ends without cookies call it too. To require one, mount
 * `requireWechatLogin()` or your own check before it.
 *
 * @see https://developers.weixin.qq.com/doc/offiaccount/Asset_Management/Get_temporary_materials.html 获取临时素材
 *
 * @example
 * app.get('/wechat/offiaccount/media', mediaProxyHandler({ tokenManager }))
 *
 * @throws {WechatConfigError} from the factory, never during a request
 */
export function mediaProxyHandler(options: MediaProxyOptions = {}): RequestHandler {
  const parsed = parseOptions('mediaProxyHandler', optionsSchema, options)
  const { tokenManager: _given, onError, maxConcurrent, publicUrl, allowedOrigins, cors, ...limits } = parsed
  const tokenManager = resolveTokenManager(parsed)

  async function sendMedia(res: Response, query: MediaQuery, signal: AbortSignal): Promise<void> {
    const { mediaId, isHighQuality } = query
    const maxBytes = getMaxBytes(query, limits.maxBytes)
    const media = await openManagedMedia(tokenManager, mediaId, {
      ...limits,
      maxBytes,
      isHighQuality,
      signal,
    })
    try {
      await sendInFormat(res, media, query, signal)
      await waitForDelivery(res, limits.idleTimeoutMs)
    } catch (error) {
      media.close()
      throw error
    }
  }

  const handler = asyncHandler(async function mediaProxy(req, res) {
    if (req.method !== 'GET' && req.method !== 'HEAD') return sendMethodNotAllowed(res, ['GET', 'HEAD'])
    const query = readMediaQuery(req)
    // If the client left while an earlier middleware was waiting, no "close" event will follow.
    if (res.destroyed || req.socket.destroyed) return
    const releaseSlot = acquireSlot(maxConcurrent)
    try {
      await untilClosed(res, signal => sendMedia(res, query, signal))
    } finally {
      releaseSlot()
    }
  }, onError)
  return withCors(createPublicOrigin('mediaProxyHandler', { publicUrl, allowedOrigins }), { cors }, handler)
}

/** @throws {WechatUnavailableError} `too_many_downloads` if `maxConcurrent` or more downloads run */
function acquireSlot(maxConcurrent: number): ReleaseSlot {
  const release = downloadSlots.tryAcquire(maxConcurrent)
  if (!release) throw unavailableError('too_many_downloads', undefined, RETRY_AFTER_SECONDS)
  return release
}

/** Runs a task whose signal aborts if the client leaves. Its errors after that are dropped, since no client is left. */
async function untilClosed(res: Response, task: (signal: AbortSignal) => Promise<void>): Promise<void> {
  const client = new AbortController()
  const onClose = () => {
    // A response closes after its end, too.
    if (!res.writableFinished) client.abort()
  }
  res.once('close', onClose)
  try {
    await task(client.signal)
  } catch (error) {
    if (!client.signal.aborted) throw error
  } finally {
    res.off('close', onClose)
  }
}

/** A voice that is converted has to fit into memory. */
function getMaxBytes({ format }: MediaQuery, maxBytes: number): number {
  const isConverted = format !== 'base64' && format !== 'binary'
  return isConverted ? Math.min(maxBytes, MAX_VOICE_BYTES) : maxBytes
}

async function sendInFormat(
  res: Response,
  media: OpenedMedia,
  { format, mediaId }: MediaQuery,
  signal: AbortSignal,
): Promise<void> {
  switch (format) {
    case 'base64':
      return sendBase64(res, media)
    case 'binary':
      return sendBinary(res, media, mediaId)
    default:
      return sendVoice(res, media, mediaId, format, signal)
  }
}
