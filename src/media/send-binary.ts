import type { Response } from 'express'
import type { OpenedMedia } from '../wechat-api/media/media.js'
import { getMediaFileName } from './media-id.js'
import { detectMediaType, type MediaType } from './media-type.js'
import { type MediaEncoder, streamToResponse } from './stream-to-response.js'

const SMALL_BYTES = 16 * 1024
/** Enough of the id's hash to tell files apart in a folder of downloads. */
const FILE_NAME_DIGITS = 12

const identityEncoder: MediaEncoder = { encode: chunk => chunk, end: () => '' }

/** Sends the bytes under a proven type and a generated name, with headers by which browsers run nothing of them. */
export async function sendBinary(res: Response, media: OpenedMedia, mediaId: string): Promise<void> {
  setBinaryHeaders(res, detectMediaType(media.contentType, media.head), mediaId, media.length)
  if (res.req.method === 'HEAD') {
    media.close()
    res.end()
  } else if (media.isComplete) {
    // Node writes text together with the headers, in one packet.
    if (media.head.length <= SMALL_BYTES) res.end(media.head.toString('latin1'), 'latin1')
    else res.end(media.head)
  } else {
    await streamToResponse(res, media, identityEncoder)
  }
}

export function setBinaryHeaders(
  res: Response,
  type: MediaType,
  mediaId: string,
  length: number | undefined,
): void {
  const fileName = getMediaFileName(mediaId, type.extension, FILE_NAME_DIGITS)
  const disposition = /^(?:image|audio)\//.test(type.contentType) ? 'inline' : 'attachment'
  const headers = {
    'Content-Type': type.contentType,
    'Content-Disposition': `${disposition}; filename="${fileName}"`,
    'Cache-Control': 'private, no-store',
    'Content-Security-Policy': "default-src 'none'; sandbox",
    'Cross-Origin-Resource-Policy': 'same-origin',
    'X-Content-Type-Options': 'nosniff',
    ...(length !== undefined && { 'Content-Length': length }),
  }
  for (const [name, value] of Object.entries(headers)) res.setHeader(name, value)
}
