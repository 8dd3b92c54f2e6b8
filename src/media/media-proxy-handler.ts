import type { Request, RequestHandler, Response } from 'express'
import { z } from 'zod'
import { unavailableError } from '../errors/create-error.js'
import { asyncHandler } from '../http/async-handler.js'
import { getClientKey } from '../http/client-key.js'
import { errorAnswerShape, type WechatErrorAnswerOption } from '../http/error-answer-option.js'
import { isKnownCaller } from '../http/known-caller.js'
import { corsShape, type WechatCorsOption, withCors } from '../http/origin/cors.js'
import {
  createPublicOrigin,
  originOptionsShape,
  type WechatOriginOptions,
} from '../http/origin/public-origin.js'
import { sendMethodNotAllowed } from '../http/route.js'
import { getContext } from '../tokens/context.js'
import { resolveTokenManager, type TokenManagerOption, tokenManagerShape } from '../tokens/manager-option.js'
import { parseOptions } from '../util/parse-options.js'
import type { ReleaseSlot } from '../util/semaphore.js'
import { createDownloadSlots } from './download-slots.js'
import { type MediaLimitOptions, mediaLimitsShape } from './media-limits.js'
import { type MediaQuery, readMediaQuery } from './media-query.js'
import { openManagedMedia } from './open-managed-media.js'
import type { MediaRequest } from './send/media-request.js'
import { createReceiver, type Receiver } from './send/receiver.js'
import { sendBase64 } from './send/send-base64.js'
import { sendBinary } from './send/send-binary.js'
import { waitForDelivery } from './send/send-buffer.js'
import { MAX_VOICE_BYTES, sendVoice } from './send/send-voice.js'
import { getCacheScope } from './send/whole-media.js'

/** The options of {@link mediaProxyHandler}. */
export interface MediaProxyOptions
  extends TokenManagerOption,
    WechatErrorAnswerOption,
    WechatOriginOptions,
    WechatCorsOption,
    MediaLimitOptions {
  /**
   * Maximum concurrent downloads in this process; further requests get 503. If all slots are taken, a request of
   * another network takes the slot of a download that has been below 16 kB/s for ten seconds. Requests with a login
   * or a service key are never cut. @default 128
   */
  maxConcurrent?: number | undefined
}

/** The options of `mediaProxyHandler()` alone, which are also the options of `wechatRouter({ media })`. */
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

/** All handlers and accounts share these download slots, because they share the sockets and memory of the process. */
const downloadSlots = createDownloadSlots()

/**
 * Answers `GET {url}?media_id=` with what a page recorded or photographed: `{"content_type", "media_data"}` in base64,
 * or the bytes with `format=binary`. Memory does not grow with the file.
 *
 * `quality=high` takes the 16 kHz recording of a JS-SDK voice; `format=mp3` or `wav` gives a voice that ordinary
 * browsers play. Bytes are answered in ranges, as players ask for them: media up to 2 MiB and converted voices are kept
 * for 60 s, at most 32 MiB in a process.
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

  const { account, clock } = getContext(tokenManager)
  const cacheScope = getCacheScope(account, limits)

  function createRequest(
    receiver: Receiver,
    getNetwork: () => string,
    query: MediaQuery,
    signal: AbortSignal,
  ): MediaRequest {
    const { mediaId, isHighQuality, format } = query
    const maxBytes = getMaxBytes(query, limits.maxBytes)
    return {
      query,
      receiver,
      getNetwork,
      signal,
      cacheKey: `${cacheScope} ${format} ${isHighQuality ? 'high' : ''} ${mediaId}`,
      idleTimeoutMs: limits.idleTimeoutMs,
      open: openSignal =>
        openManagedMedia(tokenManager, mediaId, { ...limits, maxBytes, isHighQuality, signal: openSignal }),
    }
  }

  const handler = asyncHandler(async function mediaProxy(req, res) {
    if (req.method !== 'GET' && req.method !== 'HEAD') return sendMethodNotAllowed(res, ['GET', 'HEAD'])
    const query = readMediaQuery(req)
    // If the client left while an earlier middleware was waiting, no "close" event follows, so nothing is opened.
    if (res.destroyed || req.socket.destroyed) return
    const receiver = createReceiver(res, clock)
    const getNetwork = createNetworkReader(req)
    const releaseSlot = acquireSlot(receiver, getNetwork, maxConcurrent)
    try {
      await untilClosed(res, async signal => {
        await sendInFormat(createRequest(receiver, getNetwork, query, signal))
        await waitForDelivery(res, limits.idleTimeoutMs)
      })
    } finally {
      releaseSlot()
    }
  }, onError)
  return withCors(createPublicOrigin('mediaProxyHandler', { publicUrl, allowedOrigins }), { cors }, handler)
}

/**
 * Returns a function that reads the client's address when it is first called. Most requests never call it, and the
 * socket has to ask the kernel for the address.
 */
function createNetworkReader(req: Request): () => string {
  let network: string | undefined
  return () => {
    network ??= getClientKey(req.ip)
    return network
  }
}

/**
 * Takes a slot for a download, and returns the function that frees it.
 * @throws {WechatUnavailableError} `too_many_downloads` if `maxConcurrent` or more downloads run, and none is cut
 */
function acquireSlot(
  { res, isSlow }: Receiver,
  getNetwork: () => string,
  maxConcurrent: number,
): ReleaseSlot {
  const download = { getNetwork, isKnownCaller: isKnownCaller(res.req), isSlow, cut: () => res.destroy() }
  const release = downloadSlots.acquire(download, maxConcurrent)
  if (!release) throw unavailableError('too_many_downloads', undefined, RETRY_AFTER_SECONDS)
  return release
}

/** Runs a task whose signal aborts if the client disconnects. Errors of the task after that are dropped. */
async function untilClosed(res: Response, task: (signal: AbortSignal) => Promise<void>): Promise<void> {
  const client = new AbortController()
  const onClose = () => {
    // A response also closes after it was sent completely, and the client has not left then.
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

/** Returns the size limit of a medium: at most 2 MiB for a voice to convert, because it is held in memory. */
function getMaxBytes({ format }: MediaQuery, maxBytes: number): number {
  const isConverted = format !== 'base64' && format !== 'binary'
  return isConverted ? Math.min(maxBytes, MAX_VOICE_BYTES) : maxBytes
}

async function sendInFormat(request: MediaRequest): Promise<void> {
  const { format } = request.query
  switch (format) {
    case 'base64':
      return sendBase64(request)
    case 'binary':
      return sendBinary(request)
    default:
      return sendVoice(request, format)
  }
}
