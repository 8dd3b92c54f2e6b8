import type { IncomingMessage } from 'node:http'
import { requestError } from '../../errors/create-error.js'
import type { WechatError } from '../../errors/errors.js'
import { timeoutError } from '../client.js'
import { mediaTooLargeError } from './media-response.js'
import type { MediaTransfer } from './media-transfer.js'

/** Takes the bytes after the head. Exactly one of `onEnd` and `onFailure` is called, as the last call. */
export interface MediaReceiver {
  /** Returns false to pause the transfer until `resume()`. */
  onChunk(chunk: Buffer): boolean
  onEnd(): void
  /** Tells that the transfer failed: the bytes so far are not the whole medium. */
  onFailure(error: unknown): void
}

export interface MediaFlowLimits {
  maxBytes: number
  /**
   * The transfer fails if, after the head, WeChat sends nothing or the receiver takes nothing for this many
   * milliseconds.
   */
  idleTimeoutMs: number
  /** The transfer fails if the bytes after the head take longer than this many milliseconds. */
  maxDurationMs: number
}

export interface MediaFlow {
  /** Hands over the bytes after the head. Call it once. */
  flowTo(receiver: MediaReceiver): void
  /** Continues the transfer after `onChunk` has returned false. */
  resume(): void
}

/** Passes a paused response on at the pace of its receiver. The time limits begin at once, not at `flowTo`. */
export function createMediaFlow(
  response: IncomingMessage,
  transfer: MediaTransfer,
  limits: MediaFlowLimits,
  headBytes: number,
): MediaFlow {
  const { endpoint } = transfer
  let receiver: MediaReceiver | undefined
  let byteLength = headBytes

  const idleTimer = transfer.startTimer(limits.idleTimeoutMs, () =>
    transfer.fail(stalledError(endpoint, response)),
  )
  transfer.startTimer(limits.maxDurationMs, () =>
    transfer.fail(timeoutError(endpoint, 'the media takes too long')),
  )
  transfer.setFailureListener(error => receiver?.onFailure(error))
  response.once('end', () => {
    if (transfer.isOver) return
    transfer.complete()
    receiver?.onEnd()
  })

  function passOn(chunk: Buffer, to: MediaReceiver): void {
    if (transfer.isOver) return
    byteLength += chunk.length
    if (byteLength > limits.maxBytes) {
      transfer.fail(mediaTooLargeError(limits.maxBytes))
      return
    }
    idleTimer.refresh()
    if (!to.onChunk(chunk)) response.pause()
  }

  return {
    flowTo(to) {
      receiver = to
      if (transfer.failure !== undefined) return to.onFailure(transfer.failure)
      if (transfer.isOver) return to.onEnd()
      response.on('data', (chunk: Buffer) => passOn(chunk, to))
      response.resume()
    },
    resume() {
      idleTimer.refresh()
      response.resume()
    },
  }
}

/** The flow of a medium whose head holds all its bytes. */
export const completeFlow: MediaFlow = {
  flowTo: receiver => receiver.onEnd(),
  resume: () => {},
}

/** Makes the error of an idle transfer: if it is paused, the receiver takes nothing, otherwise WeChat sends nothing. */
function stalledError(endpoint: string, response: IncomingMessage): WechatError {
  return response.isPaused()
    ? requestError('media_receiver_stalled')
    : timeoutError(endpoint, 'the media stalled')
}
