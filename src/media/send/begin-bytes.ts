import type { Response } from 'express'
import { requestError } from '../../errors/create-error.js'
import { getResourcePolicy } from '../../http/origin/cors.js'
import { getMediaFileName } from '../media-id.js'
import type { MediaType } from '../media-type.js'
import { type ByteRange, parseByteRange } from './byte-range.js'

/** What the headers of a binary response describe. */
export interface BytesDescription {
  type: MediaType
  mediaId: string
  /** The number of bytes; undefined if it is not known yet, and then no ranges are served. */
  length: number | undefined
  etag: string
}

/** The digits of the media id's hash in a file name: enough to tell files apart in a folder of downloads. */
const FILE_NAME_DIGITS = 12

/**
 * Sets status and headers for bytes under a proven type and a generated name, so that browsers run none of them.
 * Returns the range of bytes that the request asks for, or undefined for all bytes.
 *
 * @throws {WechatRequestError} `range_not_satisfiable` (416), with the length in Content-Range
 */
export function beginBytes(res: Response, description: BytesDescription): ByteRange | undefined {
  const { type, mediaId, length, etag } = description
  const range = readRange(res, description)
  const fileName = getMediaFileName(mediaId, type.extension, FILE_NAME_DIGITS)
  const disposition = /^(?:image|audio)\//.test(type.contentType) ? 'inline' : 'attachment'
  res.setHeader('Content-Type', type.contentType)
  res.setHeader('Content-Disposition', `${disposition}; filename="${fileName}"`)
  res.setHeader('Cache-Control', 'private, no-store')
  res.setHeader('Content-Security-Policy', "default-src 'none'; sandbox")
  res.setHeader('Cross-Origin-Resource-Policy', getResourcePolicy(res))
  res.setHeader('X-Content-Type-Options', 'nosniff')
  if (length === undefined) return undefined
  res.setHeader('Accept-Ranges', 'bytes')
  res.setHeader('ETag', etag)
  res.setHeader('Content-Length', range ? range.end - range.start : length)
  if (range) {
    res.statusCode = 206
    res.setHeader('Content-Range', `bytes ${range.start}-${range.end - 1}/${length}`)
  }
  return range
}

/**
 * Reads the range that a request asks for. The whole medium is sent instead if `If-Range` holds anything but the
 * medium's ETag, because the client's part is then perhaps of other bytes.
 */
function readRange(res: Response, { length, etag }: BytesDescription): ByteRange | undefined {
  const { range: header, 'if-range': ifRange } = res.req.headers
  if (header === undefined || length === undefined) return undefined
  if (ifRange !== undefined && ifRange !== etag) return undefined
  const range = parseByteRange(header, length)
  if (range !== 'unsatisfiable') return range
  res.setHeader('Content-Range', `bytes */${length}`)
  res.setHeader('Accept-Ranges', 'bytes')
  res.setHeader('ETag', etag)
  throw requestError('range_not_satisfiable', `The range begins behind the ${length} bytes of the media`)
}
