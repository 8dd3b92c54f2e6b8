import { type IncomingHttpHeaders, type IncomingMessage, request as requestHttp } from 'node:http'
import { request as requestHttps } from 'node:https'
import type { LookupFunction } from 'node:net'
import { WechatError, WechatRequestError } from '../../errors/errors.js'
import { type Agents, timeoutError, unreachableError } from '../client.js'
import { protocolError } from '../response.js'

export interface MediaTarget {
  /** What errors call it. */
  endpoint: string
  url: URL
  agents: Agents
  lookup?: LookupFunction | undefined
}

export interface MediaLimits {
  maxBytes: number
  /** Until there is a connection. */
  connectTimeoutMs: number
  /** When the beginning must have arrived, on the clock of `performance.now()`. */
  beginningDueMs: number
  /** From then on: how long nothing may move, at WeChat's end or at the receiver's. */
  idleTimeoutMs: number
  /** From then on: how long the rest may take in all. */
  maxDurationMs: number
}

/** Takes what follows the beginning. Exactly one of `onEnd` and `onFailure` comes last. */
export interface MediaReceiver {
  /** False asks for a pause, which lasts until `resume()`. */
  onChunk(chunk: Buffer): boolean
  onEnd(): void
  /** What came is not the whole. */
  onFailure(error: unknown): void
}

/** An answer that has begun, all of it where it is small. */
export interface MediaConnection {
  readonly headers: IncomingHttpHeaders
  /** How many bytes there are in all, where the header said so or all have come. */
  readonly length: number | undefined
  /** The beginning: 64 KiB or a little more, or all where `isComplete`. */
  readonly head: Buffer
  readonly isComplete: boolean
  /** Hands over what follows the head. Once. */
  flowTo(receiver: MediaReceiver): void
  resume(): void
  /** Gives the connection up; nothing is handed over any more. Harmless after the end. */
  close(): void
}

const HEAD_BYTES = 64 * 1024
/** A file of known length up to here is held whole: one write to the receiver is quicker than two. */
const SMALL_BYTES = 128 * 1024

/**
 * Asks for bytes and waits for their beginning.
 *
 * Events of `node:http`, and neither async iteration nor a client made for JSON answers: each of those costs a third
 * of the throughput.
 *
 * @throws {WechatUpstreamError} where they don't come properly, {@link WechatRequestError} where they are too many
 */
export function connectMedia(
  target: MediaTarget,
  limits: MediaLimits,
  signal: AbortSignal | undefined,
): Promise<MediaConnection> {
  const { endpoint, url, agents } = target
  const { promise, resolve, reject } = Promise.withResolvers<MediaConnection>()
  const held: Buffer[] = []
  let response: IncomingMessage | undefined
  let receiver: MediaReceiver | undefined
  let received = 0
  let hasBegun = false
  let isOver = false
  let failure: unknown
  const timers = new Set<NodeJS.Timeout>()
  let idleTimer: NodeJS.Timeout | undefined

  const isHttps = url.protocol === 'https:'
  const request = (isHttps ? requestHttps : requestHttp)(url, {
    agent: isHttps ? agents.https : agents.http,
    headers: { accept: '*/*', 'accept-encoding': 'identity', 'user-agent': 'express-wechat' },
    ...(target.lookup && { lookup: target.lookup }),
  })

  function startTimer(ms: number, onTime: () => void): NodeJS.Timeout {
    const timer = setTimeout(onTime, Math.max(0, ms))
    timers.add(timer)
    return timer
  }

  function finish(): void {
    isOver = true
    for (const timer of timers) clearTimeout(timer)
    signal?.removeEventListener('abort', onReceiverGone)
  }

  function fail(error: unknown): void {
    if (isOver) return
    giveUp(
      error instanceof WechatError || signal?.aborted ? error : unreachableError(endpoint, url.host, error),
    )
    if (receiver) receiver.onFailure(failure)
    else if (!hasBegun) reject(failure)
  }

  /**
   * A complete response is in memory up to its last byte, and hands it over when the receiver has taken what comes
   * before it. If WeChat closes or resets the connection meanwhile, nothing is lost. `node:http` destroys an incomplete
   * response, and sets `complete` only when the length, or the last chunk, has arrived.
   */
  function onConnectionGone(error?: unknown): void {
    if (!response?.complete) fail(error)
  }

  function giveUp(why: unknown): void {
    if (isOver) return
    finish()
    failure = why
    request.destroy()
  }

  function begin(isComplete: boolean): void {
    if (!response || hasBegun) return
    hasBegun = true
    response.pause()
    clearTimeout(beginningTimer)
    if (!isComplete) {
      startTimer(limits.maxDurationMs, () => fail(timeoutError(endpoint, 'the media takes too long')))
      idleTimer = startTimer(limits.idleTimeoutMs, () => fail(stalledError(endpoint, response)))
    }
    resolve({
      headers: response.headers,
      length: isComplete ? received : declaredLength(response),
      head: held.length === 1 && held[0] ? held[0] : Buffer.concat(held, received),
      isComplete,
      flowTo,
      resume() {
        idleTimer?.refresh()
        response?.resume()
      },
      close: () => giveUp(unreachableError(endpoint, url.host, undefined)),
    })
  }

  function flowTo(to: MediaReceiver): void {
    receiver = to
    if (failure) to.onFailure(failure)
    else if (isOver) to.onEnd()
    else response?.resume()
  }

  function onResponse(incoming: IncomingMessage): void {
    response = incoming
    const length = declaredLength(incoming)
    const headBytes = length !== undefined && length <= SMALL_BYTES ? Number.POSITIVE_INFINITY : HEAD_BYTES
    const problem = problemOf(endpoint, incoming, limits)
    if (problem) {
      fail(problem)
      return
    }

    incoming.on('data', (chunk: Buffer) => {
      if (isOver) return
      received += chunk.length
      if (received > limits.maxBytes) return fail(tooLargeError(limits.maxBytes))
      if (receiver) {
        idleTimer?.refresh()
        if (!receiver.onChunk(chunk)) incoming.pause()
        return
      }
      held.push(chunk)
      if (received >= headBytes) begin(false)
    })
    incoming.once('end', () => {
      if (isOver) return
      finish()
      if (receiver) receiver.onEnd()
      else begin(true)
    })
    incoming.on('error', fail)
    incoming.once('close', fail)
  }

  const onReceiverGone = () => fail(signal?.reason)
  const beginningTimer = startTimer(limits.beginningDueMs - performance.now(), () => {
    if (received >= HEAD_BYTES) begin(false)
    else fail(timeoutError(endpoint, 'no media within the time limit'))
  })
  request.once('socket', socket => {
    if (!socket.connecting) return
    const timer = startTimer(limits.connectTimeoutMs, () =>
      fail(timeoutError(endpoint, `cannot reach ${url.host}: no connection in time`)),
    )
    socket.once('connect', () => clearTimeout(timer))
  })
  request.once('response', onResponse)
  request.on('error', onConnectionGone)
  request.once('close', onConnectionGone)
  signal?.addEventListener('abort', onReceiverGone, { once: true })
  if (signal?.aborted) onReceiverGone()
  else request.end()
  return promise
}

function problemOf(
  endpoint: string,
  { statusCode, headers }: IncomingMessage,
  { maxBytes }: MediaLimits,
): WechatError | undefined {
  if (statusCode !== 200) return protocolError(endpoint, `HTTP status ${statusCode}`)
  if ((headers['content-encoding'] ?? 'identity') !== 'identity') {
    return protocolError(endpoint, 'the media is compressed, which was not asked for')
  }
  return Number(headers['content-length'] ?? 0) > maxBytes ? tooLargeError(maxBytes) : undefined
}

/** The parser of `node:http` has checked that it is a number, and lets no answer end before it. */
function declaredLength({ headers }: IncomingMessage): number | undefined {
  const text = headers['content-length']
  return text === undefined ? undefined : Number(text)
}

function stalledError(endpoint: string, response: IncomingMessage | undefined): WechatError {
  if (!response?.isPaused()) return timeoutError(endpoint, 'the media stalled')
  return new WechatRequestError('the receiver of the media stalled', {
    code: 'media_receiver_stalled',
    status: 408,
  })
}

export function tooLargeError(maxBytes: number): WechatRequestError {
  return new WechatRequestError(`the media is over ${maxBytes} bytes`, {
    code: 'media_too_large',
    status: 413,
    userMessage: '素材超过大小限制',
  })
}
