import { once } from 'node:events'
import { type IncomingMessage, request as requestHttp } from 'node:http'
import { request as requestHttps } from 'node:https'
import { createDeadlineSignal } from '../../util/deadline.js'
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
 * @throws {Error} whose message is a few words without the address and the headers
 */
export async function getText(
  network: OutgoingNetwork,
  request: TextRequest,
): Promise<{ status: number; text: string }> {
  const signal = createDeadlineSignal(request.timeoutMs)
  try {
    const response = await openResponse(network, request, signal)
    return { status: response.statusCode ?? 0, text: await readText(response, request.maxBytes) }
  } catch (error) {
    throw new Error(signal.aborted ? 'no answer in time' : describeFailure(error))
  }
}

async function openResponse(
  network: OutgoingNetwork,
  { url, headers }: TextRequest,
  signal: AbortSignal,
): Promise<IncomingMessage> {
  const isHttps = url.protocol === 'https:'
  const agents = await network.agentsFor(url, 'kept')
  const request = (isHttps ? requestHttps : requestHttp)(url, {
    agent: isHttps ? agents.https : agents.http,
    headers: {
      accept: 'application/json',
      'accept-encoding': 'identity',
      'user-agent': 'express-wechat',
      ...headers,
    },
    signal,
  })
  // An error after the response has begun reaches the reader of the response too.
  request.on('error', () => {})
  request.end()
  const [response]: IncomingMessage[] = await once(request, 'response')
  if (!response) throw new Error('no response')
  return response
}

class TooLongError extends Error {}

async function readText(response: IncomingMessage, maxBytes: number): Promise<string> {
  const chunks: Buffer[] = []
  let byteLength = 0
  // Leaving the loop early destroys the response, and its connection with it.
  for await (const chunk of response as AsyncIterable<Buffer>) {
    byteLength += chunk.length
    if (byteLength > maxBytes) throw new TooLongError()
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('utf8')
}

/** Only the code of a network error is named: messages and properties can hold more than a log may. */
function describeFailure(error: unknown): string {
  if (error instanceof TooLongError) return 'its answer is too long'
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  return typeof code === 'string' && /^[A-Z_0-9]{2,60}$/.test(code) ? code : 'the connection failed'
}
