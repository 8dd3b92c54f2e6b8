import type { ClientRequest, IncomingMessage } from 'node:http'
import { Readable } from 'node:stream'
import { type WechatError, WechatUpstreamError } from '../errors/errors.js'
import { createDeadlineSignal } from '../util/deadline.js'
import { traceStep } from '../util/debug.js'
import { type CallBody, uploadMs } from './call-body.js'
import {
  assertRealWechat,
  connectTimeoutError,
  isNoConnection,
  timeoutError,
  unreachableError,
  type WechatClient,
} from './client.js'
import { parseLenientJson } from './lenient-json.js'
import { atReachableHost } from './network/api-hosts.js'
import { createHttpRequest, limitConnectTime } from './network/http-request.js'
import { isJsonObject, protocolError } from './response.js'
import { withRetry } from './retry.js'

/** A back end's call that is passed on to WeChat unchanged, except that the access token is added. */
export interface ForwardedCall {
  /** The path below the API's base URL. */
  endpoint: string
  method: 'GET' | 'POST'
  query: URLSearchParams
  accessToken: string
  body?: CallBody | undefined
  signal?: AbortSignal | undefined
}

/** An answer of WeChat of which the headers and the beginning of the body have arrived. */
export interface ForwardedAnswer {
  readonly status: number
  readonly contentType: string | undefined
  /** The whole body if `isComplete`, else its first 1 MiB or a little more. */
  readonly held: Buffer
  readonly isComplete: boolean
  /** The `errcode` of a complete JSON body up to 64 KiB; undefined if it has none. */
  readonly errcode: number | undefined
  /** Yields the bytes after `held`. Throws if the answer breaks off. */
  rest(): AsyncIterable<Buffer>
  /** Closes the connection to WeChat. */
  close(): void
}

const HELD_BYTES = 1024 * 1024
/** The errcode of an answer over this size is not read, because WeChat's refusals are short. */
const LONGEST_REFUSAL = 64 * 1024

/**
 * Passes one call on to WeChat. A GET whose connection breaks is repeated once. Of the answer only what
 * {@link ForwardedAnswer} names is kept. A redirect is not followed, since the token could be sent to another host.
 *
 * The call uses `node:http` and not the client for JSON, because the answer can be of any type and size.
 *
 * @throws {WechatUpstreamError} if WeChat can't be reached or does not answer in time; what the body's source throws
 */
export async function forwardCall(client: WechatClient, call: ForwardedCall): Promise<ForwardedAnswer> {
  return traceStep(
    () => `wechat ${call.method} ${call.endpoint}`,
    () => forwardWithRetry(client, call),
    ({ status, errcode = 0 }) =>
      errcode === 0 ? `status ${status}` : `status ${status}, errcode ${errcode}`,
  )
}

async function forwardWithRetry(client: WechatClient, call: ForwardedCall): Promise<ForwardedAnswer> {
  const deadline = createDeadlineSignal(client.account.timeoutMs + uploadMs(call.body))
  const attemptAt = (baseUrl: string) => attemptForward(client, call, deadline, baseUrl)
  const canMove = (error: unknown) => call.body?.canReopen !== false && isNoConnection(error)
  return withRetry(() => atReachableHost(client.network.hosts, attemptAt, canMove), {
    budget: client.retries,
    isRetryable: error =>
      call.method === 'GET' && error instanceof WechatUpstreamError && error.code === 'wechat_unreachable',
    signal: call.signal,
  })
}

async function attemptForward(
  client: WechatClient,
  call: ForwardedCall,
  deadline: AbortSignal,
  baseUrl: string,
): Promise<ForwardedAnswer> {
  const request = await createRequest(client, call, baseUrl)
  const abandon = () => request.destroy()
  const signal = AbortSignal.any([deadline, ...(call.signal ? [call.signal] : [])])
  signal.addEventListener('abort', abandon, { once: true })
  try {
    const arriving = exchange(request, call, client.account.timeoutMs / 5)
    // A signal that had aborted before fires no event, so the request is destroyed here.
    if (signal.aborted) abandon()
    const response = await arriving
    assertRealWechat(client.account, response.headers)
    assertPlainResponse(call.endpoint, response)
    return await holdBeginning(response, request)
  } catch (error) {
    request.destroy()
    call.signal?.throwIfAborted()
    throw deadline.aborted ? timeoutError(call.endpoint, 'no answer within the time limit') : error
  } finally {
    signal.removeEventListener('abort', abandon)
  }
}

async function createRequest(
  { network }: WechatClient,
  call: ForwardedCall,
  baseUrl: string,
): Promise<ClientRequest> {
  const query = new URLSearchParams(call.query)
  query.set('access_token', call.accessToken)
  const url = new URL(`${baseUrl}${call.endpoint}?${query}`)
  // WeChat can close a kept connection at the moment at which it is used again. A POST can't be repeated then, so it
  // gets a connection of its own.
  const agents = await network.agentsFor(url, call.method === 'GET' ? 'kept' : 'single')
  return createHttpRequest({
    url,
    agents,
    method: call.method,
    headers: {
      ...(call.method === 'POST' && { 'content-length': call.body?.length ?? 0 }),
      ...(call.body && { 'content-type': call.body.contentType }),
    },
  })
}

function exchange(
  request: ClientRequest,
  { endpoint, body }: ForwardedCall,
  connectTimeoutMs: number,
): Promise<IncomingMessage> {
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>()
  const fail = (error?: unknown) => reject(unreachableError(endpoint, request.host, error))
  request.once('response', resolve)
  // This listener stays after the response, since an error of the request without a listener would end the process. The
  // response reports such an error to its reader.
  request.on('error', fail)
  request.once('close', fail)
  limitConnectTime(request, connectTimeoutMs, () => reject(connectTimeoutError(endpoint, request.host)))
  sendBody(request, body, reject)
  return promise
}

function sendBody(
  request: ClientRequest,
  body: CallBody | undefined,
  reject: (error: unknown) => void,
): void {
  const content = body?.open()
  if (!(content instanceof Readable)) {
    request.end(content)
    return
  }
  content.once('error', error => {
    reject(error)
    request.destroy()
  })
  // The source of the body is not destroyed: it can be a client's request, whose connection still has to carry the
  // answer. Its rest is read and dropped, because many clients read the answer only after they have sent all.
  request.once('close', () => content.unpipe(request).resume())
  content.pipe(request)
}

function assertPlainResponse(endpoint: string, { statusCode = 0, headers }: IncomingMessage): void {
  if (statusCode < 200 || (statusCode >= 300 && statusCode < 400)) {
    throw protocolError(endpoint, `HTTP status ${statusCode}`)
  }
  if ((headers['content-encoding'] ?? 'identity') !== 'identity') {
    throw protocolError(endpoint, 'the answer is compressed, which was not asked for')
  }
}

async function holdBeginning(response: IncomingMessage, request: ClientRequest): Promise<ForwardedAnswer> {
  const endpoint = request.path.split('?')[0] ?? ''
  const chunks = response.iterator({ destroyOnReturn: false })
  const held: Buffer[] = []
  let size = 0
  let isComplete = false
  const next = async () => {
    try {
      return await chunks.next()
    } catch (error) {
      throw brokenOff(endpoint, request, error)
    }
  }
  while (size <= HELD_BYTES && !isComplete) {
    const { value, done } = await next()
    isComplete = done === true
    if (value === undefined) continue
    held.push(value)
    size += value.length
  }
  const beginning = Buffer.concat(held)
  return {
    status: response.statusCode ?? 0,
    contentType: response.headers['content-type'],
    held: beginning,
    isComplete,
    errcode: isComplete ? readErrcode(beginning) : undefined,
    async *rest() {
      for (let { value, done } = await next(); !done; { value, done } = await next()) yield value
    },
    close: () => request.destroy(),
  }
}

function brokenOff(endpoint: string, request: ClientRequest, error: unknown): WechatError {
  return unreachableError(endpoint, request.host, error)
}

function readErrcode(body: Buffer): number | undefined {
  if (body.length > LONGEST_REFUSAL) return undefined
  const json = parseLenientJson(body)
  const errcode = isJsonObject(json) ? Number(json.errcode ?? Number.NaN) : Number.NaN
  return Number.isSafeInteger(errcode) ? errcode : undefined
}
