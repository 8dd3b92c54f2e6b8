import got, { TimeoutError } from 'got'
import type { OutgoingNetwork } from './outgoing-network.js'

export interface TextRequest {
  url: URL
  headers: Record<string, string>
  timeoutMs: number
  maxBytes: number
}

/**
 * Gets a short text from a service that is not WeChat, through the same network. No redirect is followed, since the
 * headers could travel to another host.
 *
 * @throws {Error} whose message is one word or sentence without the address and the headers; errors of got hold both
 */
export async function getText(
  network: OutgoingNetwork,
  { url, headers, timeoutMs, maxBytes }: TextRequest,
): Promise<{ status: number; text: string }> {
  const tooLong = new AbortController()
  try {
    const agent = await network.agentsFor(url, 'kept')
    const request = got(url, {
      headers: {
        accept: 'application/json',
        'accept-encoding': 'identity',
        'user-agent': 'express-wechat',
        ...headers,
      },
      agent,
      timeout: { request: timeoutMs },
      retry: { limit: 0 },
      responseType: 'buffer',
      decompress: false,
      followRedirect: false,
      throwHttpErrors: false,
      signal: tooLong.signal,
    })
    request.on('downloadProgress', ({ transferred }) => {
      if (transferred > maxBytes) tooLong.abort()
    })
    const { statusCode, rawBody } = await request
    tooLong.signal.throwIfAborted()
    return { status: statusCode, text: Buffer.from(rawBody).toString('utf8') }
  } catch (error) {
    throw new Error(tooLong.signal.aborted ? 'its answer is too long' : describeFailure(error))
  }
}

function describeFailure(error: unknown): string {
  if (error instanceof TimeoutError) return 'no answer in time'
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  return typeof code === 'string' && /^[A-Z_0-9]{2,60}$/.test(code) ? code : 'the connection failed'
}
