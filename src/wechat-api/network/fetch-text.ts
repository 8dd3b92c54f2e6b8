import { once } from 'node:events'
import type { IncomingMessage } from 'node:http'
import { createDeadlineSignal } from '../../util/deadline.js'
import { createHttpRequest } from './http-request.js'
import type { ConnectionKind, OutgoingNetwork } from './outgoing-network.js'

export interface TextRequest {
  url: URL
  headers: Record<string, string>
  /** The JSON body of a POST. @default none, and the method is GET */
  json?: unknown
  /** Whether the connection is kept for later requests. @default 'kept' */
  connection?: ConnectionKind
  timeoutMs: number
  maxBytes: number
  signal?: AbortSignal
}

/**
 * Fetches a short text from a service that is not WeChat, through the network of the calls to WeChat. No redirect is
 * followed, since the headers could be sent to another host.
 *
 * @throws {Error} whose message is a few words, and holds neither the address nor the headers
 */
export async function fetchText(
  network: OutgoingNetwork,
  request: TextRequest,
): Promise<{ status: number; text: string }> {
  const limit = createDeadlineSignal(request.timeoutMs)
  const signal = request.signal ? AbortSignal.any([request.signal, limit]) : limit
  try {
    const response = await openResponse(network, request, signal)
    return { status: response.statusCode ?? 0, text: await readText(response, request.maxBytes) }
  } catch (error) {
    throw new Error(limit.aborted ? 'no answer in time' : describeFailure(error))
  }
}

async function openResponse(
  network: OutgoingNetwork,
  { url, headers, json, connection = 'kept' }: TextRequest,
  signal: AbortSignal,
): Promise<IncomingMessage> {
  const body = json === undefined ? undefined : JSON.stringify(json)
  const request = createHttpRequest({
    url,
    agents: await network.agentsFor(url, connection),
    headers: {
      accept: 'application/json',
      ...(body !== undefined && {
        'content-type': 'application/json',
        'content-length': Buffer.byteLength(body),
      }),
      ...headers,
    },
    ...(body !== undefined && { method: 'POST' }),
    signal,
  })
  // An error after the response has begun is ignored here, because the reader of the response gets it too.
  request.on('error', () => {})
  request.end(body)
  const [response]: IncomingMessage[] = await once(request, 'response')
  if (!response) throw new Error('no response')
  return response
}

class TooLongError extends Error {}

async function readText(response: IncomingMessage, maxBytes: number): Promise<string> {
  const chunks: Buffer[] = []
  let byteLength = 0
  // If the loop ends early, Node.js destroys the response and its connection.
  for await (const chunk of response as AsyncIterable<Buffer>) {
    byteLength += chunk.length
    if (byteLength > maxBytes) throw new TooLongError()
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('utf8')
}

/** Describes a network error by its code, because its message and properties can hold addresses and secrets. */
function describeFailure(error: unknown): string {
  if (error instanceof TooLongError) return 'its answer is too long'
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  return typeof code === 'string' && /^[A-Z_0-9]{2,60}$/.test(code) ? code : 'the connection failed'
}
