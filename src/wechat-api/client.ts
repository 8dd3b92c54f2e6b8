import { Readable } from 'node:stream'
import got, { type OptionsInit, TimeoutError } from 'got'
import type { z } from 'zod'
import { WechatApiError, WechatConfigError, type WechatError, WechatUpstreamError } from '../errors/errors.js'
import { isDebugging, traceStep } from '../util/debug.js'
import type { WechatAccount } from './account.js'
import { type CallBody, uploadMs } from './call-body.js'
import { atReachableHost } from './network/api-hosts.js'
import { PROXY_FAILURE } from './network/proxy-agent.js'
import { createWechatNetwork, type WechatNetwork } from './network/wechat-network.js'
import { parseAnswer, protocolError } from './response.js'
import { createRetryBudget, type RetryBudget, withRetry } from './retry.js'

export interface Call<Schema extends z.ZodType> {
  /** The path below the API's base URL; the only part of the address that errors show. */
  endpoint: string
  method?: string
  query?: Record<string, string>
  json?: unknown
  /** Instead of `json`. The time limits are longer by what the body takes on a slow line. */
  body?: CallBody | undefined
  /** The values in query and body that must never be seen again, also not where WeChat echoes them. */
  secrets: readonly string[]
  answer: Schema
  /**
   * Whether asking twice is harmless. One that is not is repeated only where no byte of it can have left, and
   * travels on a connection of its own: a kept one may be closed by WeChat while the request is on its way.
   */
  isRepeatable: boolean
  /** @default 65,536 bytes */
  maxAnswerBytes?: number
  signal?: AbortSignal | undefined
}

export interface WechatClient {
  /** The account that it calls WeChat for. */
  readonly account: WechatAccount
  call<Schema extends z.ZodType>(call: Call<Schema>): Promise<z.output<Schema>>
  /** For the bytes of media, which don't come through {@link WechatClient.call}. */
  readonly network: WechatNetwork
  readonly retries: RetryBudget
  close(): void
}

/**
 * All JSON calls to WeChat: kept connections, limits on each phase, retries where they are safe, no redirects.
 * Errors of got hold the whole URL, secret included, so none leaves this file.
 */
export function createClient(
  account: WechatAccount,
  network: WechatNetwork = createWechatNetwork(account),
): WechatClient {
  const lifetime = new AbortController()
  const retries = createRetryBudget()

  async function call<Schema extends z.ZodType>(call: Call<Schema>): Promise<z.output<Schema>> {
    const deadline = AbortSignal.timeout(account.timeoutMs + uploadMs(call.body))
    const signal = AbortSignal.any([deadline, lifetime.signal, ...(call.signal ? [call.signal] : [])])
    let isRetryable = false

    async function attemptAt(baseUrl: string) {
      isRetryable = false
      try {
        return await attemptCall(call, baseUrl, signal)
      } catch (error) {
        call.signal?.throwIfAborted()
        if (error instanceof BodyError) throw error.reason
        const failure = toWechatError(error, call.endpoint, new URL(baseUrl).host, deadline)
        isRetryable = isWorthRepeating(error, failure, call)
        throw failure
      }
    }
    // A body that was read once can't be sent to another host.
    const canMove = (error: unknown) => call.body?.canReopen !== false && isNoConnection(error)
    const attempt = () => atReachableHost(network.hosts, attemptAt, canMove)
    return withRetry(attempt, { budget: retries, isRetryable: () => isRetryable, signal })
  }

  function tracedCall<Schema extends z.ZodType>(request: Call<Schema>): Promise<z.output<Schema>> {
    return traceStep(
      () => `wechat ${request.method ?? 'GET'} ${request.endpoint}`,
      () => call(request),
    )
  }

  async function attemptCall<Schema extends z.ZodType>(
    call: Call<Schema>,
    baseUrl: string,
    signal: AbortSignal,
  ) {
    const maxAnswerBytes = call.maxAnswerBytes ?? 65_536
    const tooLarge = new AbortController()
    const body = call.body?.open()
    const bodyFailure = body instanceof Readable ? failureOf(body) : undefined
    const agent = await network.agentsFor(new URL(baseUrl), call.isRepeatable ? 'kept' : 'single')
    const request = got(baseUrl + call.endpoint, {
      method: (call.method ?? 'GET') as NonNullable<OptionsInit['method']>,
      ...(call.query && { searchParams: call.query }),
      ...(call.json !== undefined && { json: call.json }),
      ...(body !== undefined && { body }),
      headers: {
        accept: 'application/json',
        'accept-encoding': 'identity',
        'user-agent': 'express-wechat',
        ...(call.body && {
          'content-type': call.body.contentType,
          'content-length': String(call.body.length),
        }),
      },
      agent,
      timeout: {
        lookup: account.timeoutMs / 5,
        connect: account.timeoutMs / 5,
        secureConnect: account.timeoutMs / 5,
        request: account.timeoutMs / 2 + uploadMs(call.body),
      },
      retry: { limit: 0 },
      responseType: 'buffer',
      decompress: false,
      followRedirect: false,
      throwHttpErrors: false,
      signal: AbortSignal.any([signal, tooLarge.signal]),
    })
    request.on('downloadProgress', ({ transferred }) => {
      if (transferred > maxAnswerBytes) {
        tooLarge.abort(protocolError(call.endpoint, `the answer is over ${maxAnswerBytes} bytes`))
      }
    })
    const response = await request.catch((error: unknown) => {
      if (bodyFailure?.error !== undefined) throw new BodyError(bodyFailure.error)
      throw tooLarge.signal.aborted ? tooLarge.signal.reason : error
    })
    // The last piece can come together with the end, before the abort takes hold.
    tooLarge.signal.throwIfAborted()
    assertRealWechat(account, response.headers)
    if (response.statusCode !== 200) {
      throw protocolError(call.endpoint, `HTTP status ${response.statusCode}`)
    }
    if ((response.headers['content-encoding'] ?? 'identity') !== 'identity') {
      throw protocolError(call.endpoint, 'the answer is compressed, which was not asked for')
    }
    return parseAnswer(call.endpoint, call.answer, response.rawBody, call.secrets)
  }

  return {
    account,
    call: isDebugging ? tracedCall : call,
    network,
    retries,
    close() {
      lifetime.abort()
      network.close()
    },
  }
}

/**
 * A real account whose WeChat turns out to be the simulator is a mix-up of environments.
 * @throws {WechatConfigError}
 */
export function assertRealWechat(account: WechatAccount, headers: Record<string, unknown>): void {
  if (!account.isSimulated && headers['x-wechat-simulator'] !== undefined) {
    throw new WechatConfigError(
      `the app id is a real one, but "apiBaseUrl" leads to the simulator; give it an app id that begins with "wxsim"`,
      'simulator_mismatch',
    )
  }
}

/** The source of a body failed. Its error is the caller's own, and reaches the caller as it is. */
class BodyError extends Error {
  readonly reason: unknown

  constructor(reason: unknown) {
    super('the source of the body failed')
    this.reason = reason
  }
}

/** Remembers why a stream failed, because the HTTP client reports it as an error of the request. */
function failureOf(stream: Readable): { error?: unknown } {
  const failure: { error?: unknown } = {}
  stream.once('error', error => {
    failure.error = error
  })
  return failure
}

const CONNECT_PHASES = ['lookup', 'connect', 'secureConnect']
const CONNECT_FAILURES = ['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH']

/** No byte of the request can have reached WeChat. */
function wasNeverSent(error: unknown): boolean {
  if (error instanceof TimeoutError) return CONNECT_PHASES.includes(error.event)
  return isConnectFailure(errorCodeOf(error))
}

/** Whether a connection was never made; one through a proxy is made before the request gets it. */
function isConnectFailure(code: string): boolean {
  return CONNECT_FAILURES.includes(code) || code.startsWith(PROXY_FAILURE)
}

function isWorthRepeating(error: unknown, failure: WechatError, call: Call<z.ZodType>): boolean {
  if (call.body?.canReopen === false) return false
  if (wasNeverSent(error)) return true
  if (!call.isRepeatable) return false
  return (
    failure instanceof WechatUpstreamError || (failure instanceof WechatApiError && failure.errcode === -1)
  )
}

function toWechatError(error: unknown, endpoint: string, host: string, deadline: AbortSignal): WechatError {
  if (
    error instanceof WechatApiError ||
    error instanceof WechatUpstreamError ||
    error instanceof WechatConfigError
  ) {
    return error
  }
  if (error instanceof TimeoutError && wasNeverSent(error)) {
    return connectTimeoutError(endpoint, host, error.event)
  }
  if (deadline.aborted) return timeoutError(endpoint, 'no complete answer within the time limit')
  if (error instanceof TimeoutError) return timeoutError(endpoint, `no answer in time (${error.event})`)
  return unreachableError(endpoint, host, error)
}

export function timeoutError(endpoint: string, detail: string): WechatUpstreamError {
  return new WechatUpstreamError('wechat_timeout', endpoint, detail)
}

/** No connection was made, so that not even a call that must not be repeated can have arrived. */
class NoConnectionError extends WechatUpstreamError {}

export function isNoConnection(error: unknown): boolean {
  return error instanceof NoConnectionError
}

export function connectTimeoutError(endpoint: string, host: string, phase?: string): WechatUpstreamError {
  const detail = `cannot reach ${host}: no connection in time${phase ? ` (${phase})` : ''}`
  return new NoConnectionError('wechat_timeout', endpoint, detail)
}

/** Of a network error only its code is passed on: messages and properties hold the URL. */
export function unreachableError(endpoint: string, host: string, error: unknown): WechatUpstreamError {
  const code = errorCodeOf(error)
  return isConnectFailure(code)
    ? new NoConnectionError('wechat_unreachable', endpoint, `cannot reach ${host}: ${code}`)
    : new WechatUpstreamError('wechat_unreachable', endpoint, `the connection to ${host} failed: ${code}`)
}

function errorCodeOf(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  return typeof code === 'string' && /^[A-Z_0-9]{2,60}$/.test(code) ? code : 'unknown'
}
