import type { ClientRequest, IncomingHttpHeaders, IncomingMessage } from 'node:http'
import type { LookupFunction } from 'node:net'
import { connectTimeoutError } from '../client.js'
import { createHttpRequest, limitConnectTime } from '../network/http-request.js'
import type { Agents } from '../network/outgoing-network.js'
import { completeFlow, createMediaFlow, type MediaFlow, type MediaFlowLimits } from './media-flow.js'
import { createMediaHeadCollector, type MediaHead, type MediaHeadLimits } from './media-head.js'
import { assertMediaResponse, getDeclaredLength } from './media-response.js'
import { createMediaTransfer, type MediaTransfer } from './media-transfer.js'

export interface MediaTarget {
  /** The name by which error messages call the address. */
  endpoint: string
  url: URL
  agents: Agents
  lookup?: LookupFunction | undefined
}

export interface MediaLimits extends MediaHeadLimits, MediaFlowLimits {
  /** How many milliseconds connecting may take. */
  connectTimeoutMs: number
}

/** A response whose first bytes (the head) have arrived. */
export interface MediaConnection extends MediaFlow {
  readonly headers: IncomingHttpHeaders
  /** The number of all bytes; undefined if no header tells it and not all have arrived. */
  readonly length: number | undefined
  /** The first 64 KiB or a little more, or all bytes if `isComplete`. */
  readonly head: Buffer
  readonly isComplete: boolean
  /** Closes the connection: the receiver gets no further call. Does nothing if the transfer is over. */
  close(): void
}

/**
 * Requests the bytes of a medium, and waits for the first of them.
 *
 * It uses the events of `node:http`, because an async iterator, or the client for JSON answers, costs a third of the
 * throughput.
 *
 * @throws {WechatUpstreamError} if the response holds no media, {@link WechatRequestError} if it has too many bytes
 */
export function connectMedia(
  target: MediaTarget,
  limits: MediaLimits,
  signal: AbortSignal | undefined,
): Promise<MediaConnection> {
  const { promise, resolve, reject } = Promise.withResolvers<MediaConnection>()
  const request = createHttpRequest(target)
  const transfer = createMediaTransfer({ endpoint: target.endpoint, host: target.url.host }, request, signal)
  const collector = createMediaHeadCollector(transfer, limits, (response, head) =>
    resolve(createConnection(response, head, transfer, limits)),
  )

  transfer.setFailureListener(reject)
  limitConnectTime(request, limits.connectTimeoutMs, () =>
    transfer.fail(connectTimeoutError(transfer.endpoint, transfer.host)),
  )
  failWithConnection(request, transfer)
  request.once('response', response => {
    try {
      assertMediaResponse(target.endpoint, response, limits.maxBytes)
      collector.collect(response)
    } catch (error) {
      transfer.fail(error)
    }
  })
  if (signal?.aborted) transfer.fail(signal.reason)
  else request.end()
  return promise
}

/**
 * Fails the transfer if the connection ends before the response is complete. All bytes of a complete response are in
 * memory, where they wait until the receiver takes them, so nothing is lost if WeChat closes or resets the connection
 * meanwhile. `node:http` destroys an incomplete response, and sets `complete` only when the declared length, or the
 * last chunk, has arrived.
 */
function failWithConnection(request: ClientRequest, transfer: MediaTransfer): void {
  let response: IncomingMessage | undefined
  const onConnectionEnd = (error?: unknown) => {
    if (!response?.complete) transfer.failConnection(error)
  }
  request.on('error', onConnectionEnd)
  request.once('close', onConnectionEnd)
  request.once('response', incoming => {
    response = incoming
    response.on('error', transfer.failConnection)
    response.once('close', () => transfer.failConnection())
  })
}

function createConnection(
  response: IncomingMessage,
  head: MediaHead,
  transfer: MediaTransfer,
  limits: MediaLimits,
): MediaConnection {
  const headBytes = head.bytes.length
  const flow = head.isComplete ? completeFlow : createMediaFlow(response, transfer, limits, headBytes)
  return {
    headers: response.headers,
    length: head.isComplete ? headBytes : getDeclaredLength(response),
    head: head.bytes,
    isComplete: head.isComplete,
    flowTo: flow.flowTo,
    resume: flow.resume,
    close: transfer.close,
  }
}
