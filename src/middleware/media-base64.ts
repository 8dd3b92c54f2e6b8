import type { Response } from 'express'
import type { OpenedMedia } from '../wechat-api/media.js'
import { writeAll } from './write-all.js'

/**
 * `{"content_type": …, "media_data": "<base64>"}`, made on the fly. Base64 turns three bytes into four letters, so
 * that what is left of a chunk waits for the next one. A break of the source destroys the answer: it never looks
 * whole.
 */
export async function sendBase64(res: Response, media: OpenedMedia): Promise<void> {
  const prefix = `{"content_type":${JSON.stringify(media.contentType)},"media_data":"`
  const suffix = '"}'
  res.status(200).set({ 'Cache-Control': 'no-store', 'X-Content-Type-Options': 'nosniff' }).type('json')
  if (media.length !== undefined) {
    res.set(
      'Content-Length',
      String(Buffer.byteLength(prefix) + 4 * Math.ceil(media.length / 3) + suffix.length),
    )
  }
  if (media.isComplete) {
    res.end(`${prefix}${media.head.toString('base64')}${suffix}`)
    return
  }
  await writeAll(res, encode(prefix, media, suffix))
}

async function* encode(prefix: string, media: OpenedMedia, suffix: string): AsyncGenerator<string> {
  let left = media.head.subarray(media.head.length - (media.head.length % 3))
  yield prefix + media.head.subarray(0, media.head.length - left.length).toString('base64')
  for await (const chunk of media.rest()) {
    const bytes = left.length > 0 ? Buffer.concat([left, chunk]) : chunk
    const whole = bytes.length - (bytes.length % 3)
    left = bytes.subarray(whole)
    yield bytes.subarray(0, whole).toString('base64')
  }
  yield left.toString('base64') + suffix
}
