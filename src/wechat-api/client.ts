import { Agent as HttpAgent } from 'node:http'
import { Agent as HttpsAgent } from 'node:https'
import { setTimeout as delay } from 'node:timers/promises'
import got, { type OptionsInit, TimeoutError } from 'got'
import type { z } from 'zod'
import { WechatApiError, WechatConfigError, type WechatError, WechatUpstreamError } from '../errors/errors.js'
import type { WechatAccount } from './account.js'
import { parseAnswer, protocolError } from './response.js'
import { createRetryBudget, type RetryBudget } from './retry-budget.js'

export interface Call<Schema extends z.ZodType> {
  /** The path below the API's base URL; the only part of the address that errors show. */
  endpoint: string
  method?: string
  query?: Record<string, string>
  json?: unknown
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
  call<Schema extends z.ZodType>(call: Call<Schema>): Promise<z.output<Schema>>
  /** For the bytes of media, which don't come through {@link WechatClient.call}. */
  readonly agents: Agents
  readonly retries: RetryBudget
  close(): void
}

export interface Agents {
  http: HttpAgent
  https: HttpsAgent
}

const MAX_ATTEMPTS = 2

/**
 * As many as downloads run at once in a process by default: with fewer, parallel downloads close the rest of their
 * connections after each, and open new ones.
 */
const MAX_FREE_SOCKETS = 128

/**
 * All JSON calls to WeChat: kept connections, limits on each phase, retries where they are safe, no redirects.
 * Errors of got hold the whole URL, secret included, so none leaves this file.
 */
export function createClient(account: WechatAccount): WechatClient {
  const kept = createAgents({ keepAlive: true, maxFreeSockets: MAX_FREE_SOCKETS })
  const single = createAgents({ keepAlive: false })
  const lifetime = new AbortController()
  const retries = createRetryBudget()
  const { host } = new URL(account.apiBaseUrl)

  async function call<Schema extends z.ZodType>(call: Call<Schema>): Promise<z.output<Schema>> {
    retries.noteCall()
    const deadline = AbortSignal.timeout(account.timeoutMs)
    const signal = AbortSignal.any([deadline, lifetime.signal, ...(call.signal ? [call.signal] : [])])
    for (let attempt = 1; ; attempt++) {
      try {
        return await attemptCall(call, signal)
      } catch (error) {
        call.signal?.throwIfAborted()
        const failure = toWechatError(error, call.endpoint, host, deadline)
        const mayRepeat = attempt < MAX_ATTEMPTS && retries.hasOne() && isWorthRepeating(error, failure, call)
        if (!mayRepeat) throw failure
        retries.spendOne()
        await delay(100 + Math.random() * 200, undefined, { signal }).catch(() => {
          throw failure
        })
      }
    }
  }

  async function attemptCall<Schema extends z.ZodType>(call: Call<Schema>, signal: AbortSignal) {
    const maxAnswerBytes = call.maxAnswerBytes ?? 65_536
    const tooLarge = new AbortController()
    const request = got(account.apiBaseUrl + call.endpoint, {
      method: (call.method ?? 'GET') as NonNullable<OptionsInit['method']>,
      ...(call.query && { searchParams: call.query }),
      ...(call.json !== undefined && { json: call.json }),
      headers: { accept: 'application/json', 'accept-encoding': 'identity', 'user-agent': 'express-wechat' },
      agent: call.isRepeatable ? kept : single,
      timeout: {
        lookup: account.timeoutMs / 5,
        connect: account.timeoutMs / 5,
        secureConnect: account.timeoutMs / 5,
        request: account.timeoutMs / 2,
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
    call,
    agents: kept,
    retries,
    close() {
      lifetime.abort()
      for (const agent of [kept.http, kept.https, single.http, single.https]) agent.destroy()
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

function createAgents(options: { keepAlive: boolean; maxFreeSockets?: number }): Agents {
  return { http: new HttpAgent(options), https: new HttpsAgent(options) }
}

const CONNECT_PHASES = ['lookup', 'connect', 'secureConnect']
const CONNECT_FAILURES = ['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH']

/** No byte of the request can have reached WeChat. */
function wasNeverSent(error: unknown): boolean {
  if (error instanceof TimeoutError) return CONNECT_PHASES.includes(error.event)
  return CONNECT_FAILURES.includes(errorCodeOf(error))
}

function isWorthRepeating(error: unknown, failure: WechatError, call: Call<z.ZodType>): boolean {
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
    return timeoutError(endpoint, `cannot reach ${host}: no connection in time (${error.event})`)
  }
  if (deadline.aborted) return timeoutError(endpoint, 'no complete answer within the time limit')
  if (error instanceof TimeoutError) return timeoutError(endpoint, `no answer in time (${error.event})`)
  return unreachableError(endpoint, host, error)
}

export function timeoutError(endpoint: string, detail: string): WechatUpstreamError {
  return new WechatUpstreamError('wechat_timeout', endpoint, detail)
}

/** Of a network error only its code is passed on: messages and properties hold the URL. */
export function unreachableError(endpoint: string, host: string, error: unknown): WechatUpstreamError {
  const code = errorCodeOf(error)
  const detail = CONNECT_FAILURES.includes(code)
    ? `cannot reach ${host}: ${code}`
    : `the connection to ${host} failed: ${code}`
  return new WechatUpstreamError('wechat_unreachable', endpoint, detail)
}

function errorCodeOf(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  return typeof code === 'string' && /^[A-Z_0-9]{2,60}$/.test(code) ? code : 'unknown'
}
