import { z } from 'zod'
import { requestError } from '../errors/create-error.js'
import { isDeadTokenError } from '../errors/errors.js'
import { getContext } from '../tokens/context.js'
import type { TokenManager } from '../tokens/token-manager-types.js'
import { parseOptions } from '../util/parse-options.js'
import { type UploadAnswer, type UploadType, uploadToWechat } from '../wechat-api/media/upload.js'
import { assertTokenManager } from './download-media.js'
import { detectMediaType, type MediaType } from './media-type.js'
import { type OpenedUpload, openUploadSource, type UploadSource } from './upload-source.js'

/** The options of {@link uploadMedia}. */
export interface UploadMediaOptions {
  /** The type of the medium: `image` (PNG, JPEG, GIF), `voice` (AMR, MP3), `video` (MP4) or `thumb` (JPEG). */
  type: UploadType
  /**
   * The number of bytes of a stream. With it the stream is sent as it is read; without it the stream is held in memory
   * first, because WeChat does not accept an upload of unknown length.
   */
  size?: number | undefined
  /** If it aborts, the upload fails. */
  signal?: AbortSignal | undefined
}

/** A temporary medium, which WeChat keeps for three days. */
export interface UploadedMedia extends UploadAnswer {
  readonly type: UploadType
}

interface UploadRule {
  maxBytes: number
  extensions: readonly string[]
}

const KIB = 1024
const MIB = 1024 * KIB

const UPLOAD_RULES: Readonly<Record<UploadType, UploadRule>> = {
  image: { maxBytes: 10 * MIB, extensions: ['jpg', 'png', 'gif'] },
  voice: { maxBytes: 2 * MIB, extensions: ['amr', 'mp3'] },
  video: { maxBytes: 10 * MIB, extensions: ['mp4'] },
  thumb: { maxBytes: 64 * KIB, extensions: ['jpg'] },
}

const optionsSchema = z.strictObject({
  type: z.enum(['image', 'voice', 'video', 'thumb'], 'must be "image", "voice", "video" or "thumb"'),
  size: z.number('must be a number of bytes').int('must be a number of bytes').positive().optional(),
  signal: z.instanceof(AbortSignal, { error: 'must be an AbortSignal' }).optional(),
})

/**
 * Uploads a file as temporary media, which WeChat keeps for three days. Size and first bytes are checked before
 * the upload. If WeChat refuses the token, it is replaced; the upload is then repeated once, unless the source is a
 * stream that was sent as it was read.
 *
 * @param source the path of a file, its bytes, or a stream
 *
 * @example
 * const { mediaId } = await uploadMedia(tokenManager, './welcome.jpg', { type: 'image' })
 *
 * @throws {WechatRequestError} 413 `upload_too_large`, 415 `upload_type_mismatch`, 400 `upload_empty` or
 * `upload_size_mismatch`; what the source throws
 * @throws {WechatApiError} if WeChat refuses, {@link WechatUpstreamError} if it can't be reached
 * @see https://developers.weixin.qq.com/doc/offiaccount/Asset_Management/New_temporary_materials.html 新增临时素材
 */
export async function uploadMedia(
  tokenManager: TokenManager,
  source: UploadSource,
  options: UploadMediaOptions,
): Promise<UploadedMedia> {
  assertTokenManager('uploadMedia', tokenManager)
  const { type, size, signal } = parseOptions('uploadMedia', optionsSchema, options)
  const opened = await openUploadSource(source, { size, maxBytes: UPLOAD_RULES[type].maxBytes, signal })
  try {
    const { contentType, extension } = assertUploadable(type, opened.head)
    const bytes = { ...opened, contentType, fileName: `media.${extension}` }
    const answer = await withToken(tokenManager, opened, signal, token =>
      uploadToWechat(getContext(tokenManager).client, token, type, bytes, signal),
    )
    return { type, ...answer }
  } finally {
    await opened.close()
  }
}

function assertUploadable(type: UploadType, head: Buffer): MediaType {
  const { extensions } = UPLOAD_RULES[type]
  const detected = readType(head)
  if (detected && extensions.includes(detected.extension)) return detected
  throw requestError(
    'upload_type_mismatch',
    `The file is no ${extensions.join(', ')}, as type "${type}" needs`,
  )
}

function readType(head: Buffer): MediaType | undefined {
  try {
    return detectMediaType('', head)
  } catch {
    return undefined
  }
}

/**
 * Runs an upload with the access token. If WeChat refuses the token, it is reported, and the upload repeated with a new
 * one, except for a stream that was read, which can't be sent again.
 */
async function withToken<Result>(
  tokenManager: TokenManager,
  { canReopen }: OpenedUpload,
  signal: AbortSignal | undefined,
  call: (token: string) => Promise<Result>,
): Promise<Result> {
  const options = signal ? { signal } : {}
  const token = await tokenManager.getAccessToken(options)
  try {
    return await call(token)
  } catch (error) {
    if (!isDeadTokenError(error)) throw error
    await tokenManager.invalidate(token)
    if (!canReopen) throw error
    const replacement = await tokenManager.getAccessToken(options)
    if (replacement === token) throw error
    return call(replacement)
  }
}
