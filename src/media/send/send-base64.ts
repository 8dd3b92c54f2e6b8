import type { OpenedMedia } from '../../wechat-api/media/media.js'
import type { MediaRequest } from './media-request.js'
import { type MediaEncoder, streamToResponse } from './stream-to-response.js'

const CHUNK_BYTES = 64 * 1024
const SUFFIX = '"}'

/** Sends `{"content_type": …, "media_data": "<base64>"}`, encoded on the fly: memory does not grow with the file. */
export async function sendBase64(request: MediaRequest): Promise<void> {
  const media = await request.open(request.signal)
  try {
    await sendOpened(request, media)
  } catch (error) {
    media.close()
    throw error
  }
}

async function sendOpened({ receiver }: MediaRequest, media: OpenedMedia): Promise<void> {
  const { res } = receiver
  const prefix = `{"content_type":${JSON.stringify(media.contentType)},"media_data":"`
  res.setHeader('Content-Type', 'application/json; charset=utf-8')
  res.setHeader('Cache-Control', 'no-store')
  res.setHeader('X-Content-Type-Options', 'nosniff')
  if (media.length !== undefined) {
    res.setHeader('Content-Length', prefix.length + 4 * Math.ceil(media.length / 3) + SUFFIX.length)
  }
  if (res.req.method === 'HEAD') {
    media.close()
    return receiver.end()
  }
  if (media.isComplete) return receiver.end(encodeWhole(prefix, media.head))
  await streamToResponse(receiver, media, createBase64Encoder(prefix, SUFFIX))
}

/** Returns the answer as a text, because Node.js sends a text together with the headers, but a buffer after them. */
function encodeWhole(prefix: string, data: Buffer): string {
  return prefix + data.toString('base64') + SUFFIX
}

/**
 * Makes an encoder for base64. Three bytes become four letters, so up to two bytes of a chunk are kept for the next
 * one. All chunks are copied into one buffer: concatenating each with the kept bytes would allocate the whole length of
 * the file.
 */
export function createBase64Encoder(prefix: string, suffix: string): MediaEncoder {
  const buffer = Buffer.allocUnsafeSlow(CHUNK_BYTES + 2)
  let begin = prefix
  let keptBytes = 0

  function encodePiece(piece: Buffer): string {
    buffer.set(piece, keptBytes)
    const filled = keptBytes + piece.length
    const whole = filled - (filled % 3)
    const text = buffer.toString('base64', 0, whole)
    buffer.copyWithin(0, whole, filled)
    keptBytes = filled - whole
    return text
  }

  return {
    encode(chunk) {
      let text = begin
      begin = ''
      for (let start = 0; start < chunk.length; start += CHUNK_BYTES) {
        text += encodePiece(chunk.subarray(start, start + CHUNK_BYTES))
      }
      return text
    },
    end: () => buffer.toString('base64', 0, keptBytes) + suffix,
  }
}
