import type { ClientRequest } from 'node:http'
import { WechatError } from '../../errors/errors.js'
import { type Deadline, startDeadline } from '../../util/deadline.js'
import { unreachableError } from '../client.js'

/** One request for media. It ends once: with all bytes, with a failure, or by `close()`. */
export interface MediaTransfer {
  /** The name by which error messages call the address. */
  readonly endpoint: string
  /** Host and port, which errors name if the connection fails. */
  readonly host: string
  readonly isOver: boolean
  /** The error with which the transfer ended; undefined if it goes on, or if all bytes have arrived. */
  readonly failure: unknown
  /** Replaces the function that is called if the transfer fails. */
  setFailureListener(listener: (error: unknown) => void): void
  /** Runs `onTime` after this many milliseconds, unless the transfer is over by then. */
  startTimer(ms: number, onTime: () => void): Deadline
  /** Ends the transfer as successful, because all bytes have arrived. */
  complete(): void
  /** Destroys the request and calls the failure listener. Does nothing if the transfer is over. */
  fail(error: unknown): void
  /** Like `fail`, for the error of a socket or a request. Such errors hold the URL, so only their code is passed on. */
  failConnection(error?: unknown): void
  /** Destroys the request without calling the failure listener. Does nothing if the transfer is over. */
  close(): void
}

export function createMediaTransfer(
  { endpoint, host }: { endpoint: string; host: string },
  request: ClientRequest,
  signal: AbortSignal | undefined,
): MediaTransfer {
  const timers = new Set<Deadline>()
  let onFailure: (error: unknown) => void = () => {}
  let isOver = false
  let failure: unknown

  function end(): void {
    isOver = true
    for (const timer of timers) timer.clear()
    signal?.removeEventListener('abort', onAbort)
  }

  function destroy(why: unknown): void {
    end()
    failure = why
    request.destroy()
  }

  function fail(error: unknown): void {
    if (isOver) return
    destroy(error)
    onFailure(error)
  }

  function onAbort(): void {
    fail(signal?.reason)
  }

  signal?.addEventListener('abort', onAbort, { once: true })
  return {
    endpoint,
    host,
    get isOver() {
      return isOver
    },
    get failure() {
      return failure
    },
    setFailureListener(listener) {
      onFailure = listener
    },
    startTimer(ms, onTime) {
      const timer = startDeadline(Math.max(0, ms), onTime)
      timers.add(timer)
      return timer
    },
    complete() {
      if (!isOver) end()
    },
    fail,
    failConnection(error) {
      // This check comes first, because every response closes in the end, and making an error for each close costs time.
      if (isOver) return
      fail(error instanceof WechatError ? error : unreachableError(endpoint, host, error))
    },
    close() {
      if (!isOver) destroy(unreachableError(endpoint, host, undefined))
    },
  }
}
