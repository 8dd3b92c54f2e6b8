import type { ClientRequest, IncomingHttpHeaders } from 'node:http'
import { Readable } from 'node:stream'
import type { OptionsInit, TimeoutError } from 'got'
import { startDeadline } from '../../util/deadline.js'
import type { Agents } from '../network/outgoing-network.js'
import { loadGot } from './load-got.js'
import { BodyError, type RequestPhase, readErrorCode, TransportError } from './transport-error.js'

export interface OutgoingRequest {
  url: string
  method: string
  headers: Record<string, string>
  json?: unknown
  body?: Uint8Array | Readable | undefined
  agents: Agents
  /** Milliseconds for each of name lookup, connection and TLS handshake. */
  connectTimeoutMs: number
  /** Milliseconds for the whole request. */
  requestTimeoutMs: number
  maxAnswerBytes: number
  signal: AbortSignal
}

/** An answer of any HTTP status, complete. */
export interface RawAnswer {
  statusCode: number
  headers: IncomingHttpHeaders
  body: Uint8Array
}

/** The code of the error for an answer that is over `maxAnswerBytes`. */
export const ANSWER_TOO_LARGE = 'ANSWER_TOO_LARGE'

/**
 * Sends one request and reads its answer. It follows no redirect, repeats nothing and decodes nothing. Errors of got
 * hold the whole URL, secret included, so none leaves this file.
 *
 * @throws {TransportError} if there is no complete answer
 * @throws {BodyError} if the source of the body fails
 */
export async function sendRequest(outgoing: OutgoingRequest): Promise<RawAnswer> {
  const { signal, body, maxAnswerBytes, requestTimeoutMs } = outgoing
  const got = await loadGot()
  const ending = new AbortController()
  let failure: Error | undefined
  const fail = (error: Error) => {
    failure ??= error
    ending.abort()
  }
  const onAbort = () => fail(new TransportError('ERR_ABORTED'))
  if (body instanceof Readable) body.once('error', error => fail(new BodyError(error)))
  signal.addEventListener('abort', onAbort, { once: true })
  if (signal.aborted) onAbort()
  // The limit of got itself would take effect before the socket of a process that stood still is read.
  const deadline = startDeadline(requestTimeoutMs, () =>
    fail(new TransportError('ETIMEDOUT', { phase: 'request' })),
  )

  const request = got(outgoing.url, toGotOptions(outgoing, ending.signal))
  const wasKeptConnectionLost = watchKeptConnection(request)
  request.on('downloadProgress', ({ transferred }) => {
    if (transferred > maxAnswerBytes) fail(new TransportError(ANSWER_TOO_LARGE))
  })
  try {
    const response = await request
    // The last piece can come together with the end, before the abort takes hold.
    if (failure) throw failure
    return { statusCode: response.statusCode, headers: response.headers, body: response.rawBody }
  } catch (error) {
    throw failure ?? toTransportError(error, wasKeptConnectionLost())
  } finally {
    deadline.clear()
    signal.removeEventListener('abort', onAbort)
  }
}

function toGotOptions(
  { method, headers, json, body, agents, connectTimeoutMs }: OutgoingRequest,
  signal: AbortSignal,
) {
  return {
    method: method as NonNullable<OptionsInit['method']>,
    ...(json !== undefined && { json }),
    ...(body !== undefined && { body }),
    headers,
    agent: agents,
    timeout: { lookup: connectTimeoutMs, connect: connectTimeoutMs, secureConnect: connectTimeoutMs },
    signal,
  } as const satisfies OptionsInit
}

const RESETS = ['ECONNRESET', 'EPIPE']

function toTransportError(error: unknown, wasKeptConnectionLost: boolean): TransportError {
  const code = readErrorCode(error)
  return new TransportError(code, {
    phase: isTimeout(error) ? (error.event as RequestPhase) : undefined,
    isKeptConnectionLost: wasKeptConnectionLost && RESETS.includes(code),
  })
}

function isTimeout(error: unknown): error is TimeoutError {
  return error instanceof Error && error.name === 'TimeoutError'
}

/** Whether the request went out on a kept connection that has carried no byte of an answer to it. */
function watchKeptConnection(request: {
  once(event: 'request', listener: (native: ClientRequest) => void): unknown
}): () => boolean {
  let native: ClientRequest | undefined
  let bytesBefore = 0
  request.once('request', started => {
    native = started
    native.once('socket', socket => {
      bytesBefore = socket.bytesRead
    })
  })
  return () => native?.reusedSocket === true && native.socket?.bytesRead === bytesBefore
}
