import type { Response } from 'express'
import type { OpenedMedia } from '../wechat-api/media/media.js'
import { type MediaEncoder, pumpMedia } from './stream-to-response.js'

/** `{"content_type": …, "media_data": "<base64>"}`, made on the fly: memory does not grow with the file. */
export async function sendBase64(res: Response, media: OpenedMedia): Promise<void> {
  const prefix = `{"content_type":${JSON.stringify(media.contentType)},"media_data":"`
  const suffix = '"}'
  res.setHeader('Content-Type', 'application/json; charset=utf-8')
  res.setHeader('Cache-Control', 'no-store')
  res.setHeader('X-Content-Type-Options', 'nosniff')
  if (media.length !== undefined) {
    res.setHeader('Content-Length', prefix.length + 4 * Math.ceil(media.length / 3) + suffix.length)
  }
  if (res.req.method === 'HEAD') {
    media.close()
    res.end()
  } else if (media.isComplete) {
    res.end(`${prefix}${media.head.toString('base64')}${suffix}`, 'latin1')
  } else {
    await pumpMedia(res, media, createBase64Encoder(prefix, suffix))
  }
}

const CHUNK_BYTES = 64 * 1024

/**
 * Three bytes become four letters, so that up to two bytes of a chunk wait for the next one. All chunks go through
 * one buffer: a concatenation for each would leave as much garbage as the file is long.
 */
export function createBase64Encoder(prefix: string, suffix: string): MediaEncoder {
  const buffer = Buffer.allocUnsafeSlow(CHUNK_BYTES + 2)
  let begin = prefix
  let waiting = 0

  function encodePiece(piece: Buffer): string {
    buffer.set(piece, waiting)
    const filled = waiting + piece.length
    const whole = filled - (filled % 3)
    const text = buffer.toString('base64', 0, whole)
    buffer.copyWithin(0, whole, filled)
    waiting = filled - whole
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
    end: () => buffer.toString('base64', 0, waiting) + suffix,
  }
}
