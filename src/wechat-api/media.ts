import { type IncomingMessage, request as requestHttp } from 'node:http'
import { request as requestHttps } from 'node:https'
import { WechatRequestError, WechatUpstreamError } from '../errors.js'
import type { WechatAccount } from './account.js'
import { isJsonObject, protocolError, readRefusal } from './answer.js'
import { assertRealWechat, timeoutError, unreachableError, type WechatClient } from './client.js'
import { parseTolerantJson } from './tolerant-json.js'

export interface OpenMediaOptions {
  /** The 16 kHz recording of a JS-SDK voice, instead of the 8 kHz one. */
  isHighQuality?: boolean
  /** @default 20 MiB */
  maxBytes?: number
  /** The receiver's going away closes the connection to WeChat at once. */
  signal?: AbortSignal
}

/** A medium whose beginning has arrived, and is known to be media. */
export interface OpenedMedia {
  /** As WeChat sent it. */
  readonly contentType: string
  /** How many bytes it has in all, where WeChat said so, or all have arrived. */
  readonly length: number | undefined
  /** The first 64 KiB, or all where `isComplete`. */
  readonly head: Buffer
  readonly isComplete: boolean
  /**
   * What follows the head.
   * @throws {WechatUpstreamError} where it breaks off, stalls or is too long: what came is not the whole
   */
  rest(): AsyncIterable<Buffer>
  /** Gives the connection up. Harmless after the end. */
  close(): void
}

export const DEFAULT_MAX_MEDIA_BYTES = 20 * 1024 * 1024
const HEAD_BYTES = 64 * 1024
const IDLE_MS = 10_000

/**
 * Opens a temporary medium and holds it until its beginning shows what it is. WeChat reports errors with status
 * 200 and sometimes under a media type, so that the first bytes decide.
 *
 * The bytes come straight from `node:http`: a client made for JSON answers halves their rate.
 *
 * @see 公众号文档 «获取临时素材» and «获取高清语音素材»
 */
export async function openMedia(
  account: WechatAccount,
  client: WechatClient,
  accessToken: string,
  mediaId: string,
  options: OpenMediaOptions = {},
): Promise<OpenedMedia> {
  options.signal?.throwIfAborted()
  const endpoint = options.isHighQuality ? '/cgi-bin/media/get/jssdk' : '/cgi-bin/media/get'
  const maxBytes = options.maxBytes ?? DEFAULT_MAX_MEDIA_BYTES
  const query = new URLSearchParams({ access_token: accessToken, media_id: mediaId })
  const url = new URL(`${account.apiBaseUrl}${endpoint}?${query}`)
  const connection = new AbortController()
  const deadline = setTimeout(
    () => connection.abort(timeoutError(endpoint, 'no media within the time limit')),
    account.timeoutMs,
  )
  const onReceiverGone = () => connection.abort(options.signal?.reason)
  options.signal?.addEventListener('abort', onReceiverGone, { once: true })
  const release = () => {
    clearTimeout(deadline)
    options.signal?.removeEventListener('abort', onReceiverGone)
  }
  const close = () => {
    release()
    connection.abort()
  }

  try {
    const response = await respond(account, endpoint, url, client, connection.signal)
    assertRealWechat(account, response.headers)
    assertPlainSuccess(endpoint, response)
    const length = declaredLength(response)
    if (length !== undefined && length > maxBytes) throw tooLargeError(maxBytes)

    const chunks = chunksOf(endpoint, response, maxBytes, connection.signal)
    const { head, isComplete } = await readHead(chunks)
    clearTimeout(deadline)
    const contentType = mediaTypeOf(endpoint, response, head, isComplete, accessToken)
    if (isComplete) release()
    return {
      contentType,
      length: isComplete ? head.length : length,
      head,
      isComplete,
      async *rest() {
        try {
          yield* chunks
        } finally {
          close()
        }
      },
      close,
    }
  } catch (error) {
    close()
    throw error
  }
}

function respond(
  account: WechatAccount,
  endpoint: string,
  url: URL,
  client: WechatClient,
  signal: AbortSignal,
): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const isHttps = url.protocol === 'https:'
    const request = (isHttps ? requestHttps : requestHttp)(url, {
      agent: isHttps ? client.agents.https : client.agents.http,
      headers: { accept: '*/*', 'accept-encoding': 'identity', 'user-agent': 'express-wechat' },
      signal,
    })
    request.once('socket', socket => {
      if (!socket.connecting) return
      const limit = setTimeout(
        () => request.destroy(timeoutError(endpoint, 'no connection in time')),
        account.timeoutMs / 5,
      )
      socket.once('connect', () => clearTimeout(limit)).once('close', () => clearTimeout(limit))
    })
    request.once('response', resolve)
    request.once('error', error => reject(asUpstreamError(endpoint, error, signal)))
    request.end()
  })
}

/** The bytes as they come, counted against the limit; a stall or a break is an error, never an end. */
async function* chunksOf(
  endpoint: string,
  response: IncomingMessage,
  maxBytes: number,
  signal: AbortSignal,
): AsyncGenerator<Buffer, void, undefined> {
  let received = 0
  const idle = setTimeout(() => response.destroy(timeoutError(endpoint, 'the media stalled')), IDLE_MS)
  try {
    for await (const chunk of response) {
      received += chunk.length
      if (received > maxBytes) throw tooLargeError(maxBytes)
      yield chunk
      idle.refresh()
    }
  } catch (error) {
    throw asUpstreamError(endpoint, error, signal)
  } finally {
    clearTimeout(idle)
  }
}

async function readHead(chunks: AsyncIterator<Buffer>): Promise<{ head: Buffer; isComplete: boolean }> {
  const held: Buffer[] = []
  let bytes = 0
  while (bytes < HEAD_BYTES) {
    const { done, value } = await chunks.next()
    if (done) return { head: Buffer.concat(held), isComplete: true }
    held.push(value)
    bytes += value.length
  }
  return { head: Buffer.concat(held), isComplete: false }
}

function assertPlainSuccess(endpoint: string, response: IncomingMessage): void {
  if (response.statusCode !== 200) throw protocolError(endpoint, `HTTP status ${response.statusCode}`)
  if ((response.headers['content-encoding'] ?? 'identity') !== 'identity') {
    throw protocolError(endpoint, 'the media is compressed, which was not asked for')
  }
}

function declaredLength(response: IncomingMessage): number | undefined {
  const text = response.headers['content-length']
  return text !== undefined && /^\d{1,15}$/.test(text) ? Number(text) : undefined
}

/** The media type, where it is one and the bytes don't say otherwise. */
function mediaTypeOf(
  endpoint: string,
  response: IncomingMessage,
  head: Buffer,
  isComplete: boolean,
  accessToken: string,
): string {
  if (isComplete && looksLikeJson(head)) {
    const json = parseTolerantJson(head)
    if (isJsonObject(json)) {
      const refusal = readRefusal(endpoint, json, [accessToken])
      if (refusal) throw refusal
    }
  }
  const contentType = response.headers['content-type'] ?? ''
  if (!/^(image|audio|voice|video)\/[\w.+-]+\s*(;[\x20-\x7e]*)?$/i.test(contentType)) {
    throw protocolError(endpoint, 'the answer is no media')
  }
  return contentType
}

function looksLikeJson(head: Buffer): boolean {
  return /^\s*\{/.test(head.subarray(0, 64).toString('latin1'))
}

function tooLargeError(maxBytes: number): WechatRequestError {
  return new WechatRequestError(`the media is over ${maxBytes} bytes`, {
    code: 'media_too_large',
    status: 413,
    userMessage: '素材超过大小限制',
  })
}

function asUpstreamError(endpoint: string, error: unknown, signal: AbortSignal): unknown {
  if (error instanceof WechatUpstreamError || error instanceof WechatRequestError) return error
  if (signal.aborted && signal.reason instanceof WechatUpstreamError) return signal.reason
  if (signal.aborted) return signal.reason
  return unreachableError(endpoint, error)
}
