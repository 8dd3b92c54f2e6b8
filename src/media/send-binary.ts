import type { Response } from 'express'
import type { OpenedMedia } from '../wechat-api/media/media.js'
import { mediaName } from './media-name.js'
import { type MediaType, provenType } from './media-type.js'
import { type MediaEncoder, pumpMedia } from './stream-to-response.js'

const SMALL_BYTES = 16 * 1024
const asTheyAre: MediaEncoder = { encode: chunk => chunk, end: () => '' }

/** The bytes, under a type that they prove, a name of our own, and rules by which browsers run nothing of them. */
export async function sendBinary(res: Response, media: OpenedMedia, mediaId: string): Promise<void> {
  setBinaryHeaders(res, provenType(media.contentType, media.head), mediaId, media.length)
  if (res.req.method === 'HEAD') {
    media.close()
    res.end()
  } else if (media.isComplete) {
    // As text, a few bytes go out in one piece with the headers.
    if (media.head.length <= SMALL_BYTES) res.end(media.head.toString('latin1'), 'latin1')
    else res.end(media.head)
  } else {
    await pumpMedia(res, media, asTheyAre)
  }
}

export function setBinaryHeaders(
  res: Response,
  type: MediaType,
  mediaId: string,
  length: number | undefined,
): void {
  const disposition = /^(?:image|audio)\//.test(type.contentType) ? 'inline' : 'attachment'
  const headers = {
    'Content-Type': type.contentType,
    'Content-Disposition': `${disposition}; filename="${mediaName(mediaId, type, 12)}"`,
    'Cache-Control': 'private, no-store',
    'Content-Security-Policy': "default-src 'none'; sandbox",
    'Cross-Origin-Resource-Policy': 'same-origin',
    'X-Content-Type-Options': 'nosniff',
    ...(length !== undefined && { 'Content-Length': length }),
  }
  for (const [name, value] of Object.entries(headers)) res.setHeader(name, value)
}
