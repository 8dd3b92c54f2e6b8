import type { Response } from 'express'
import { startDeadline } from '../../util/deadline.js'
import type { Receiver } from './receiver.js'

/** One write of this many bytes is faster than two, and is taken within `idleTimeoutMs` at 13 kB/s. */
const PIECE_BYTES = 128 * 1024

/**
 * Sends bytes that are in memory, and waits until the receiver has taken them. They leave in pieces, so that a slow
 * receiver has `idleTimeoutMs` for each piece instead of for the whole. HEAD gets none.
 */
export async function sendBuffer(receiver: Receiver, data: Buffer, idleTimeoutMs: number): Promise<void> {
  const { res } = receiver
  if (res.req.method === 'HEAD') {
    receiver.end()
    return
  }
  let rest = data
  while (rest.length > PIECE_BYTES) {
    const mayGoOn = receiver.write(rest.subarray(0, PIECE_BYTES))
    rest = rest.subarray(PIECE_BYTES)
    if (!mayGoOn) await waitFor(res, 'drain', idleTimeoutMs)
    if (res.destroyed) return
  }
  receiver.end(rest)
}

/** Waits until the receiver has taken the whole response; destroys the response if that takes longer. */
export async function waitForDelivery(res: Response, timeoutMs: number): Promise<void> {
  // A small response leaves at once, before "finish" says so.
  const hasLeft = res.writableFinished || (res.writableEnded && res.writableLength === 0)
  if (!hasLeft) await waitFor(res, 'finish', timeoutMs)
}

async function waitFor(res: Response, event: 'drain' | 'finish', timeoutMs: number): Promise<void> {
  if (res.destroyed) return
  const { promise, resolve } = Promise.withResolvers<void>()
  const deadline = startDeadline(timeoutMs, () => {
    res.destroy()
    // A response that waits for its turn on a pipelined connection has no socket, and older versions of Node then
    // emit no "close".
    resolve()
  })
  res.once(event, resolve).once('close', resolve)
  await promise
  deadline.clear()
  res.off(event, resolve).off('close', resolve)
}
