import type { Response } from 'express'
import { startDeadline } from '../../util/deadline.js'
import type { Receiver } from './receiver.js'

/** Bytes are written in pieces of this size. A client with 13 kB/s takes one within the default idle limit of 10 s. */
const PIECE_BYTES = 128 * 1024

/**
 * Sends bytes that are in memory. They are written in pieces, so that a slow receiver has `idleTimeoutMs` for each
 * piece instead of for the whole. A HEAD request gets no bytes.
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

/** Waits until the receiver has taken the whole response, and destroys the response if that takes over `timeoutMs`. */
export async function waitForDelivery(res: Response, timeoutMs: number): Promise<void> {
  // A small response is sent at once, before the event "finish", so there is nothing to wait for.
  const hasLeft = res.writableFinished || (res.writableEnded && res.writableLength === 0)
  if (!hasLeft) await waitFor(res, 'finish', timeoutMs)
}

async function waitFor(res: Response, event: 'drain' | 'finish', timeoutMs: number): Promise<void> {
  if (res.destroyed) return
  const { promise, resolve } = Promise.withResolvers<void>()
  const deadline = startDeadline(timeoutMs, () => {
    res.destroy()
    // A response that waits for its turn on a pipelined connection has no socket, and older versions of Node.js emit no
    // "close" for it, so the waiting is ended here.
    resolve()
  })
  res.once(event, resolve).once('close', resolve)
  await promise
  deadline.clear()
  res.off(event, resolve).off('close', resolve)
}
