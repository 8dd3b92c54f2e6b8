import type { ClientRequest, IncomingHttpHeaders, IncomingMessage } from 'node:http'
import { Readable } from 'node:stream'
import type { Got, OptionsInit, Request, TimeoutError } from 'got'
import { startDeadline } from '../../util/deadline.js'
import { BodyError, type RequestPhase, readErrorCode, TransportError } from './transport-error.js'

export interface OutgoingRequest {
  /** The instance of got, which has the agents and the time limits for connecting. */
  got: Got
  url: string
  method: string
  headers?: Record<string, string> | undefined
  json?: unknown
  body?: Uint8Array | Readable | undefined
  /** Milliseconds for the whole request. */
  requestTimeoutMs: number
  maxAnswerBytes: number
  signal: AbortSignal
}

/** A complete answer, of any HTTP status. */
export interface RawAnswer {
  statusCode: number
  headers: IncomingHttpHeaders
  body: Uint8Array
}

/** The code of the error for an answer that is over `maxAnswerBytes`. */
export const ANSWER_TOO_LARGE = 'ANSWER_TOO_LARGE'

/** Got sends requests of these methods at once. Requests of other methods wait for a body. */
const BODILESS_METHODS = ['GET', 'HEAD']

/**
 * Sends one request and reads its answer. It follows no redirect, repeats nothing and decodes nothing. It throws no
 * error of got, because those hold the whole URL with the secrets in it.
 *
 * The stream of got is used, because its promises take about a fifth more processor time for the same request.
 *
 * @throws {TransportError} if there is no complete answer
 * @throws {BodyError} if the source of the body fails
 */
export async function sendRequest(outgoing: OutgoingRequest): Promise<RawAnswer> {
  const { signal, body, requestTimeoutMs } = outgoing
  if (signal.aborted) {
    if (body instanceof Readable) body.destroy()
    throw new TransportError('ERR_ABORTED')
  }
  const { promise, resolve, reject } = Promise.withResolvers<RawAnswer>()
  const onAbort = () => reject(new TransportError('ERR_ABORTED'))
  signal.addEventListener('abort', onAbort, { once: true })
  // Got's own limit is not used: if the event loop was blocked, it would fire before the socket is read, although the
  // answer may be there.
  const deadline = startDeadline(requestTimeoutMs, () =>
    reject(new TransportError('ETIMEDOUT', { phase: 'request' })),
  )
  // This listener is registered before got's own, which would report the body's error as an error of got.
  if (body instanceof Readable) body.once('error', error => reject(new BodyError(error)))

  const request = startRequest(outgoing)
  const wasKeptConnectionLost = watchKeptConnection(request)
  // This listener stays registered, because got can report an error after this function has stopped waiting, and an
  // error without a listener would end the process.
  request.on('error', error => reject(toTransportError(error, wasKeptConnectionLost())))
  readAnswer(request, outgoing.maxAnswerBytes, resolve, reject)
  try {
    return await promise
  } finally {
    deadline.clear()
    signal.removeEventListener('abort', onAbort)
    // If the answer is not complete, this closes the connection.
    request.destroy()
  }
}

function startRequest({ got, url, method, headers, json, body }: OutgoingRequest): Request {
  const request = got.stream(url, {
    method: method as NonNullable<OptionsInit['method']>,
    ...(json !== undefined && { json }),
    ...(body !== undefined && { body }),
    ...(headers && { headers }),
  })
  // Without a body in the options, got waits for one to be written, so the request is ended here.
  if (json === undefined && body === undefined && !BODILESS_METHODS.includes(method)) request.end()
  return request
}

function readAnswer(
  request: Request,
  maxAnswerBytes: number,
  resolve: (answer: RawAnswer) => void,
  reject: (error: TransportError) => void,
): void {
  const chunks: Uint8Array[] = []
  let length = 0
  request.once('response', ({ statusCode, headers }: IncomingMessage) => {
    request.once('end', () => resolve({ statusCode: statusCode ?? 0, headers, body: Buffer.concat(chunks) }))
  })
  request.on('data', (chunk: Uint8Array) => {
    length += chunk.length
    if (length > maxAnswerBytes) reject(new TransportError(ANSWER_TOO_LARGE))
    else chunks.push(chunk)
  })
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

/**
 * Returns a function that tells whether the request was sent on a kept connection on which no byte of its answer has
 * come.
 */
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
