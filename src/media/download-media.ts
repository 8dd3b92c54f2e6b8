import { Readable } from 'node:stream'
import { z } from 'zod'
import { WechatConfigError } from '../errors/errors.js'
import { isTokenManager } from '../tokens/context.js'
import type { TokenManager } from '../tokens/token-manager.js'
import { parseOptions } from '../util/parse-options.js'
import type { OpenedMedia } from '../wechat-api/media/media.js'
import { getMediaFileName, parseMediaId } from './media-id.js'
import { type MediaLimitOptions, mediaLimitsShape } from './media-limits.js'
import { detectMediaType } from './media-type.js'
import { openManagedMedia } from './open-managed-media.js'

/** The options of {@link downloadMedia}. */
export interface DownloadMediaOptions extends MediaLimitOptions {
  /** `high` opens the 16 kHz recording of a JS-SDK voice instead of the 8 kHz one. */
  quality?: 'high' | undefined
  /** If it aborts, the download ends, and the stream fails with its reason. */
  signal?: AbortSignal | undefined
}

/** A medium whose first bytes have arrived and are of the type in `contentType`. */
export interface DownloadedMedia {
  /** The bytes. The stream fails if they break off: it never ends before the last one. Destroy it if you do not read it. */
  readonly stream: Readable
  /** The type of the bytes, such as `image/jpeg`. */
  readonly contentType: string
  /** The usual file extension of the type, without a dot. */
  readonly extension: string
  /** The number of bytes; undefined if it is not known yet. */
  readonly size: number | undefined
  /** A safe file name with the right extension, the same each time for one id. */
  readonly fileName: string
}

const optionsSchema = z.strictObject({
  ...mediaLimitsShape,
  quality: z.literal('high', 'must be "high", or left out').optional(),
  signal: z.instanceof(AbortSignal, { error: 'must be an AbortSignal' }).optional(),
})

/** The digits of the media id's hash in a file name: so many that two files of a folder never get the same name. */
const FILE_NAME_DIGITS = 32

/**
 * Opens what a page recorded or photographed. To keep it, use {@link saveMedia}.
 *
 * @example
 * const { stream, contentType } = await downloadMedia(tokenManager, mediaId)
 *
 * @throws {WechatRequestError} 400 if `mediaId` is no media_id, 413 if the medium is too large, 415 if it is of a type
 * that is not served
 * @throws {WechatApiError} if WeChat refuses, {@link WechatUpstreamError} if its response is no media
 */
export async function downloadMedia(
  tokenManager: TokenManager,
  mediaId: string,
  options: DownloadMediaOptions = {},
): Promise<DownloadedMedia> {
  assertTokenManager('downloadMedia', tokenManager)
  const { quality, ...limits } = parseOptions('downloadMedia', optionsSchema, options)
  const id = parseMediaId(mediaId)
  const media = await openManagedMedia(tokenManager, id, { ...limits, isHighQuality: quality === 'high' })
  try {
    const type = detectMediaType(media.contentType, media.head)
    return {
      stream: createStream(media),
      contentType: type.contentType,
      extension: type.extension,
      size: media.length,
      fileName: getMediaFileName(id, type.extension, FILE_NAME_DIGITS),
    }
  } catch (error) {
    media.close()
    throw error
  }
}

/**
 * Refuses a first argument that is no token manager.
 * @throws {WechatConfigError} naming the function that was called
 */
export function assertTokenManager(caller: string, value: unknown): asserts value is TokenManager {
  if (isTokenManager(value)) return
  throw new WechatConfigError(`${caller}: the first argument must be what createTokenManager() returns`)
}

/** Makes a new stream of the bytes, because WeChat's response refers to its request, whose URL holds the token. */
function createStream(media: OpenedMedia): Readable {
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
