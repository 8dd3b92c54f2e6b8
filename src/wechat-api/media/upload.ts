import { Readable } from 'node:stream'
import { z } from 'zod'
import { requestError } from '../../errors/create-error.js'
import type { CallBody } from '../call-body.js'
import type { WechatClient } from '../client.js'
import { protocolError } from '../response.js'
import { credentialField } from '../schemas.js'

/** The types of temporary media. */
export type UploadType = 'image' | 'voice' | 'video' | 'thumb'

export interface UploadBytes {
  readonly contentType: string
  /** A file name with the extension of the type, which WeChat reads. */
  readonly fileName: string
  readonly size: number
  /** Whether `open` can be called more than once. */
  readonly canReopen: boolean
  open(): Uint8Array | Readable
}

export interface UploadAnswer {
  mediaId: string
  /** When WeChat stored the medium. */
  createdAt: Date
}

const UPLOAD_ENDPOINT = '/cgi-bin/media/upload'

const answerSchema = z.object({
  media_id: credentialField.optional(),
  thumb_media_id: credentialField.optional(),
  created_at: z.coerce.number().int().positive(),
})

/**
 * Uploads a temporary medium, at most once.
 *
 * @see https://developers.weixin.qq.com/doc/offiaccount/Asset_Management/New_temporary_materials.html 新增临时素材
 */
export async function uploadToWechat(
  client: WechatClient,
  accessToken: string,
  type: UploadType,
  bytes: UploadBytes,
  signal: AbortSignal | undefined,
): Promise<UploadAnswer> {
  const answer = await client.call({
    endpoint: UPLOAD_ENDPOINT,
    method: 'POST',
    query: { access_token: accessToken, type },
    body: encodeFile(bytes),
    secrets: [accessToken],
    answer: answerSchema,
    isRepeatable: false,
    signal,
  })
  // For a thumb, WeChat sends the id as thumb_media_id.
  const mediaId = answer.media_id ?? answer.thumb_media_id
  if (mediaId === undefined) throw protocolError(UPLOAD_ENDPOINT, 'the answer holds no media_id')
  return { mediaId, createdAt: new Date(answer.created_at * 1000) }
}

/** Makes a multipart body with one file, `media`. FormData is not used, because it can hold no stream. */
function encodeFile(bytes: UploadBytes): CallBody {
  const boundary = `express-wechat-${crypto.randomUUID()}`
  const head = Buffer.from(
    `--${boundary}\r\nContent-Disposition: form-data; name="media"; filename="${bytes.fileName}"\r\n` +
      `Content-Type: ${bytes.contentType}\r\n\r\n`,
  )
  const tail = Buffer.from(`\r\n--${boundary}--\r\n`)
  return {
    contentType: `multipart/form-data; boundary=${boundary}`,
    length: head.length + bytes.size + tail.length,
    canReopen: bytes.canReopen,
    open() {
      const content = bytes.open()
      return content instanceof Readable
        ? Readable.from(frame(head, content, bytes.size, tail), { objectMode: false })
        : Buffer.concat([head, content, tail])
    },
  }
}

/**
 * Yields the parts of a multipart body. If the source has more or fewer bytes than its size, this throws before the
 * last part, so that WeChat never stores a part of a file.
 */
async function* frame(
  head: Buffer,
  content: Readable,
  size: number,
  tail: Buffer,
): AsyncGenerator<Uint8Array> {
  yield head
  let sent = 0
  for await (const chunk of content) {
    const piece: Uint8Array = Buffer.isBuffer(chunk) ? chunk : Buffer.from(chunk)
    sent += piece.length
    if (sent > size) throw requestError('upload_size_mismatch')
    yield piece
  }
  if (sent < size) throw requestError('upload_size_mismatch')
  yield tail
}
