import type { IncomingMessage } from 'node:http'
import { timeoutError } from '../client.js'
import { getDeclaredLength, mediaTooLargeError } from './media-response.js'
import type { MediaTransfer } from './media-transfer.js'

/** The first bytes of a response. */
export interface MediaHead {
  readonly bytes: Buffer
  /** Whether `bytes` holds all bytes of the response. */
  readonly isComplete: boolean
}

export interface MediaHeadLimits {
  maxBytes: number
  /** The time at which the head must have arrived, on the clock of `performance.now()`. */
  headDueMs: number
}

export interface MediaHeadCollector {
  /** Collects the head of this response, then pauses it and calls `onHead`. */
  collect(response: IncomingMessage): void
}

const HEAD_BYTES = 64 * 1024
/** A file up to this declared length is held whole: one write to the receiver is faster than two. */
const SMALL_FILE_BYTES = 128 * 1024

/** Waits for the first 64 KiB, or all bytes of a small file. Fails the transfer if they do not arrive in time. */
export function createMediaHeadCollector(
  transfer: MediaTransfer,
  limits: MediaHeadLimits,
  onHead: (response: IncomingMessage, head: MediaHead) => void,
): MediaHeadCollector {
  const chunks: Buffer[] = []
  let byteLength = 0
  let wantedBytes = HEAD_BYTES
  let response: IncomingMessage | undefined

  const timer = transfer.startTimer(limits.headDueMs - performance.now(), () => {
    if (byteLength >= HEAD_BYTES) finish(false)
    else transfer.fail(timeoutError(transfer.endpoint, 'no media within the time limit'))
  })

  function onData(chunk: Buffer): void {
    if (transfer.isOver) return
    byteLength += chunk.length
    if (byteLength > limits.maxBytes) {
      transfer.fail(mediaTooLargeError(limits.maxBytes))
      return
    }
    chunks.push(chunk)
    if (byteLength >= wantedBytes) finish(false)
  }

  function onEnd(): void {
    if (transfer.isOver) return
    transfer.complete()
    finish(true)
  }

  function finish(isComplete: boolean): void {
    if (!response) return
    timer.clear()
    response.pause()
    response.off('data', onData).off('end', onEnd)
    const [first] = chunks
    const bytes = first && chunks.length === 1 ? first : Buffer.concat(chunks, byteLength)
    onHead(response, { bytes, isComplete })
  }

  return {
    collect(incoming) {
      response = incoming
      wantedBytes = getWantedBytes(incoming)
      incoming.on('data', onData).once('end', onEnd)
    },
  }
}

function getWantedBytes(response: IncomingMessage): number {
  const length = getDeclaredLength(response)
  return length !== undefined && length <= SMALL_FILE_BYTES ? Number.POSITIVE_INFINITY : HEAD_BYTES
}
