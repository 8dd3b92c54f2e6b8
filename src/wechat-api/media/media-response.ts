import type { IncomingMessage } from 'node:http'
import { requestError } from '../../errors/create-error.js'
import type { WechatError } from '../../errors/errors.js'
import { protocolError } from '../response.js'

/**
 * Checks status and headers of a response for media.
 * @throws {WechatUpstreamError} if the response is not one with uncompressed bytes
 * @throws {WechatRequestError} `media_too_large` if it declares more than `maxBytes`
 */
export function assertMediaResponse(
  endpoint: string,
  { statusCode, headers }: IncomingMessage,
  maxBytes: number,
): void {
  if (statusCode !== 200) throw protocolError(endpoint, `HTTP status ${statusCode}`)
  if ((headers['content-encoding'] ?? 'identity') !== 'identity') {
    throw protocolError(endpoint, 'the media is compressed, which was not asked for')
  }
  if (Number(headers['content-length'] ?? 0) > maxBytes) throw mediaTooLargeError(maxBytes)
}

/** Returns the Content-Length. `node:http` has checked that it is a number, and fails a response that ends before it. */
export function getDeclaredLength({ headers }: IncomingMessage): number | undefined {
  const text = headers['content-length']
  return text === undefined ? undefined : Number(text)
}

export function mediaTooLargeError(maxBytes: number): WechatError {
  return requestError('media_too_large', `The media is over ${maxBytes} bytes`)
}
