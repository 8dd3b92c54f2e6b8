import { Readable } from 'node:stream'
import { z } from 'zod'
import { WechatConfigError } from '../errors/errors.js'
import { getContext, isTokenManager, withAccessToken } from '../tokens/context.js'
import type { TokenManager } from '../tokens/token-manager.js'
import { parseOptions } from '../util/parse-options.js'
import { type OpenedMedia, openMedia } from '../wechat-api/media/media.js'
import { parseMediaId } from './media-id.js'
import { type MediaLimitOptions, mediaLimitsShape } from './media-limits.js'
import { mediaName } from './media-name.js'
import { detectedType } from './media-type.js'

export interface DownloadMediaOptions extends MediaLimitOptions {
  /** `high`: the 16 kHz recording of a JS-SDK voice, instead of the 8 kHz one. */
  quality?: 'high' | undefined
  /** Closes the connection to WeChat; the stream fails with the signal's reason. */
  signal?: AbortSignal | undefined
}

/** A medium of which the beginning has arrived, and is what its type says. */
export interface DownloadedMedia {
  /** The bytes. Fails where they break off, so that a part is never taken for the whole. Destroy it if you don't read it. */
  readonly stream: Readable
  /** What the bytes are, such as `image/jpeg`. */
  readonly contentType: string
  /** Without a dot. */
  readonly extension: string
  /** In bytes, where WeChat says so. */
  readonly size: number | undefined
  /** A safe name for the file, the same each time. */
  readonly fileName: string
}

const optionsSchema = z.strictObject({
  ...mediaLimitsShape,
  quality: z.literal('high', 'must be "high", or left out').optional(),
  signal: z.instanceof(AbortSignal, { error: 'must be an AbortSignal' }).optional(),
})

/** Enough of the id's hash that no two files of a folder meet. */
const NAME_DIGITS = 32

/**
 * Opens what a page recorded or photographed, for handlers of your own. To keep it, {@link saveMedia} does more.
 *
 * @example
 * const { stream, contentType } = await downloadMedia(tokenManager, mediaId)
 *
 * @throws {WechatRequestError} 400 for what is no `media_id`, 413 where it is too large, 415 for another type
 * @throws {WechatApiError} where WeChat refuses, {@link WechatUpstreamError} where it does not answer properly
 */
export async function downloadMedia(
  tokenManager: TokenManager,
  mediaId: string,
  options: DownloadMediaOptions = {},
): Promise<DownloadedMedia> {
  requireTokenManager('downloadMedia', tokenManager)
  const { quality, ...limits } = parseOptions('downloadMedia', optionsSchema, options)
  const { client } = getContext(tokenManager)
  const id = parseMediaId(mediaId)
  const media = await withAccessToken(
    tokenManager,
    token => openMedia(client, token, id, { ...limits, isHighQuality: quality === 'high' }),
    limits.signal,
  )
  try {
    const type = detectedType(media.contentType, media.head)
    return {
      stream: streamOf(media),
      contentType: type.contentType,
      extension: type.extension,
      size: media.length,
      fileName: mediaName(id, type, NAME_DIGITS),
    }
  } catch (error) {
    media.close()
    throw error
  }
}

/** @throws {WechatConfigError} naming the function that was called with something else */
export function requireTokenManager(caller: string, value: unknown): void {
  if (isTokenManager(value)) return
  throw new WechatConfigError(`${caller}: the first argument must be what createTokenManager() returns`)
}

/** A stream of its own: WeChat's has the token in its request. */
function streamOf(media: OpenedMedia): Readable {
  let isFlowing = false
  const stream = new Readable({
    read() {
      if (isFlowing) return media.resume()
      isFlowing = true
      stream.push(media.head)
      media.flowTo({
        onChunk: chunk => stream.push(chunk),
        onEnd: () => stream.push(null),
        onFailure: error => stream.destroy(error instanceof Error ? error : undefined),
      })
    },
    destroy(error, callback) {
      media.close()
      callback(error)
    },
  })
  return stream
}
