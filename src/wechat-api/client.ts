import type { z } from 'zod'
import { WechatApiError, WechatConfigError, type WechatError, WechatUpstreamError } from '../errors/errors.js'
import { startDeadline } from '../util/deadline.js'
import { isDebugging, traceStep } from '../util/debug.js'
import type { WechatAccount } from './account.js'
import { type CallBody, uploadMs } from './call-body.js'
import { atReachableHost } from './network/api-hosts.js'
import type { ConnectionKind } from './network/outgoing-network.js'
import { createWechatNetwork, type WechatNetwork } from './network/wechat-network.js'
import { parseAnswer, protocolError } from './response.js'
import { createRetryBudget, type RetryBudget, withRetry } from './retry.js'
import { createGotInstances, loadGot } from './transport/load-got.js'
import { ANSWER_TOO_LARGE, type RawAnswer, sendRequest } from './transport/send-request.js'
import {
  BodyError,
  isConnectFailure,
  readErrorCode,
  TransportError,
  wasNeverSent,
} from './transport/transport-error.js'

export interface Call<Schema extends z.ZodType> {
  /** The path below the API's base URL; the only part of the address that errors show. */
  endpoint: string
  method?: string
  query?: Record<string, string>
  json?: unknown
  /** The body, instead of `json`. It extends the time limits by a second for each 100 KiB. */
  body?: CallBody | undefined
  /** The secrets in query and body, which are removed from errors, also if WeChat's answer repeats them. */
  secrets: readonly string[]
  answer: Schema
  /**
   * Whether a second call is harmless. If not, the call is repeated only if no byte of it can have left, and gets a
   * connection of its own, because WeChat may close a kept one during the request.
   */
  isRepeatable: boolean
  /**
   * Lets a call that is not repeatable use a kept connection, if the answer to a second call shows whether the first
   * one had arrived. If WeChat resets the kept connection before any byte of an answer, this function is called, and
   * the call is repeated once on a fresh connection, outside the retry budget.
   */
  onLostConnection?: () => void
  /** The largest answer that is accepted. @default 65,536 bytes */
  maxAnswerBytes?: number
  signal?: AbortSignal | undefined
}

export interface WechatClient {
  /** The account for which this client calls WeChat. */
  readonly account: WechatAccount
  call<Schema extends z.ZodType>(call: Call<Schema>): Promise<z.output<Schema>>
  /** The network, for requests besides {@link WechatClient.call}, such as downloads of media. */
  readonly network: WechatNetwork
  readonly retries: RetryBudget
  close(): void
}

/**
 * Makes the client for JSON calls to WeChat. It keeps connections, limits each phase, repeats failed calls if that is
 * safe, and follows no redirect.
 */
export function createClient(
  account: WechatAccount,
  network: WechatNetwork = createWechatNetwork(account),
): WechatClient {
  const openCalls = new Set<AbortController>()
  const retries = createRetryBudget()
  const gotInstance = createGotInstances(account.timeoutMs / 5)
  let isClosed = false

  // The HTTP client is loaded in the background, so that the first person who logs in does not wait for it.
  loadGot().catch(() => {})

  async function call<Schema extends z.ZodType>(call: Call<Schema>): Promise<z.output<Schema>> {
    // Loading the HTTP client takes time of this process, not of WeChat, so no deadline runs meanwhile.
    await loadGot()
    call.signal?.throwIfAborted()
    const ending = new AbortController()
    const end = () => ending.abort()
    let isLate = false
    const deadline = startDeadline(account.timeoutMs + uploadMs(call.body), () => {
      isLate = true
      end()
    })
    openCalls.add(ending)
    call.signal?.addEventListener('abort', end, { once: true })
    if (isClosed) end()
    try {
      return await callWithRetry(call, ending.signal, () => isLate)
    } finally {
      deadline.clear()
      openCalls.delete(ending)
      call.signal?.removeEventListener('abort', end)
    }
  }

  async function callWithRetry<Schema extends z.ZodType>(
    call: Call<Schema>,
    signal: AbortSignal,
    isLate: () => boolean,
  ): Promise<z.output<Schema>> {
    let isRetryable = false
    let isRepeated = false

    async function sendAt(baseUrl: string): Promise<RawAnswer> {
      if (call.isRepeatable) return send(call, baseUrl, 'kept', signal)
      if (!call.onLostConnection || isRepeated) return send(call, baseUrl, 'single', signal)
      try {
        return await send(call, baseUrl, 'kept', signal)
      } catch (error) {
        if (!(error instanceof TransportError) || !error.isKeptConnectionLost) throw error
        isRepeated = true
        call.onLostConnection()
        return send(call, baseUrl, 'single', signal)
      }
    }
    async function attemptAt(baseUrl: string) {
      isRetryable = false
      try {
        return parseRawAnswer(call, await sendAt(baseUrl))
      } catch (error) {
        call.signal?.throwIfAborted()
        if (error instanceof BodyError) throw error.reason
        const failure = toWechatError(error, call, new URL(baseUrl).host, isLate())
        // If the call was repeated on a fresh connection, the first attempt may have arrived, so there is no third one.
        isRetryable = !isRepeated && isWorthRepeating(error, failure, call)
        throw failure
      }
    }
    // A body that was read from a stream can't be sent again to another host.
    const canMove = (error: unknown) => !isRepeated && call.body?.canReopen !== false && isNoConnection(error)
    const attempt = () => atReachableHost(network.hosts, attemptAt, canMove)
    return withRetry(attempt, { budget: retries, isRetryable: () => isRetryable, signal })
  }

  function tracedCall<Schema extends z.ZodType>(request: Call<Schema>): Promise<z.output<Schema>> {
    return traceStep(
      () => `wechat ${request.method ?? 'GET'} ${request.endpoint}`,
      () => call(request),
    )
  }

  async function send(
    call: Call<z.ZodType>,
    baseUrl: string,
    connection: ConnectionKind,
    signal: AbortSignal,
  ): Promise<RawAnswer> {
    const query = call.query ? `?${new URLSearchParams(call.query)}` : ''
    const agents = await network.agentsFor(new URL(baseUrl), connection)
    return sendRequest({
      got: await gotInstance(agents),
      url: `${baseUrl}${call.endpoint}${query}`,
      method: call.method ?? 'GET',
      headers: call.body && {
        'content-type': call.body.contentType,
        'content-length': String(call.body.length),
      },
      json: call.json,
      body: call.body?.open(),
      requestTimeoutMs: account.timeoutMs / 2 + uploadMs(call.body),
      maxAnswerBytes: getMaxAnswerBytes(call),
      signal,
    })
  }

  function parseRawAnswer<Schema extends z.ZodType>(
    { endpoint, answer, secrets }: Call<Schema>,
    { statusCode, headers, body }: RawAnswer,
  ) {
    assertRealWechat(account, headers)
    if (statusCode !== 200) throw protocolError(endpoint, `HTTP status ${statusCode}`)
    if ((headers['content-encoding'] ?? 'identity') !== 'identity') {
      throw protocolError(endpoint, 'the answer is compressed, which was not asked for')
    }
    return parseAnswer(endpoint, answer, body, secrets)
  }

  return {
    account,
    call: isDebugging ? tracedCall : call,
    network,
    retries,
    close() {
      isClosed = true
      for (const ending of openCalls) ending.abort()
      network.close()
    },
  }
}

/**
 * Refuses an answer of the simulator to a real account.
 * @throws {WechatConfigError} `simulator_mismatch`
 */
export function assertRealWechat(account: WechatAccount, headers: Record<string, unknown>): void {
  if (!account.isSimulated && headers['x-wechat-simulator'] !== undefined) {
    throw new WechatConfigError(
      `the app id is a real one, but "apiBaseUrl" leads to the simulator; give it an app id that begins with "wxsim"`,
      'simulator_mismatch',
    )
  }
}

function getMaxAnswerBytes({ maxAnswerBytes = 65_536 }: Call<z.ZodType>): number {
  return maxAnswerBytes
}

function isWorthRepeating(error: unknown, failure: WechatError, call: Call<z.ZodType>): boolean {
  if (call.body?.canReopen === false) return false
  if (wasNeverSent(error)) return true
  if (!call.isRepeatable) return false
  return (
    failure instanceof WechatUpstreamError || (failure instanceof WechatApiError && failure.errcode === -1)
  )
}

function toWechatError(error: unknown, call: Call<z.ZodType>, host: string, isLate: boolean): WechatError {
  const { endpoint } = call
  if (
    error instanceof WechatApiError ||
    error instanceof WechatUpstreamError ||
    error instanceof WechatConfigError
  ) {
    return error
  }
  const { code, phase } = error instanceof TransportError ? error : {}
  if (phase && wasNeverSent(error)) return connectTimeoutError(endpoint, host, phase)
  if (isLate) return timeoutError(endpoint, 'no complete answer within the time limit')
  if (phase) return timeoutError(endpoint, `no answer in time (${phase})`)
  if (code === ANSWER_TOO_LARGE) {
    return protocolError(endpoint, `the answer is over ${getMaxAnswerBytes(call)} bytes`)
  }
  return unreachableError(endpoint, host, error)
}

export function timeoutError(endpoint: string, detail: string): WechatUpstreamError {
  return new WechatUpstreamError('wechat_timeout', endpoint, detail)
}

/** The error if no connection was made. The call cannot have arrived, so any call may be sent again. */
class NoConnectionError extends WechatUpstreamError {}

export function isNoConnection(error: unknown): boolean {
  return error instanceof NoConnectionError
}

export function connectTimeoutError(endpoint: string, host: string, phase?: string): WechatUpstreamError {
  const detail = `cannot reach ${host}: no connection in time${phase ? ` (${phase})` : ''}`
  return new NoConnectionError('wechat_timeout', endpoint, detail)
}

/** Makes the error of a failed connection. It holds only the network error's code, since the message holds the URL. */
export function unreachableError(endpoint: string, host: string, error: unknown): WechatUpstreamError {
  const code = readErrorCode(error)
  return isConnectFailure(code)
    ? new NoConnectionError('wechat_unreachable', endpoint, `cannot reach ${host}: ${code}`)
    : new WechatUpstreamError('wechat_unreachable', endpoint, `the connection to ${host} failed: ${code}`)
}
