import type { Response } from 'express'
import type { OpenedMedia } from '../wechat-api/media/media.js'

/** Turns the bytes of a medium, chunk by chunk, into what is written. */
export interface MediaEncoder {
  encode(chunk: Buffer): Buffer | string
  end(): string
}

/**
 * Writes a medium at the pace of the receiver. If the medium breaks off, the response is destroyed, so that the client
 * cannot take a part for the whole.
 */
export function streamToResponse(res: Response, media: OpenedMedia, encoder: MediaEncoder): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  const onDrain = () => media.resume()

  function removeListeners(): void {
    res.off('drain', onDrain)
    res.off('close', onClose)
  }

  function onClose(): void {
    removeListeners()
    media.close()
    resolve()
  }

  res.on('drain', onDrain)
  res.on('close', onClose)
  write(res, encoder.encode(media.head))
  media.flowTo({
    onChunk: chunk => write(res, encoder.encode(chunk)),
    onEnd() {
      removeListeners()
      res.end(encoder.end())
      resolve()
    },
    onFailure(error) {
      removeListeners()
      res.destroy()
      reject(error)
    },
  })
  return promise
}

/** Waits until the receiver has taken the whole response; destroys the response if that takes longer. */
export async function waitForDelivery(res: Response, timeoutMs: number): Promise<void> {
  if (res.writableFinished || res.destroyed) return
  const { promise, resolve } = Promise.withResolvers<void>()
  const timer = setTimeout(() => {
    res.destroy()
    // A response that waits for its turn on a pipelined connection has no socket, and older versions of Node then
    // emit no "close".
    resolve()
  }, timeoutMs)
  res.once('finish', resolve).once('close', resolve)
  await promise
  clearTimeout(timer)
  res.off('finish', resolve).off('close', resolve)
}

/** Text is written as latin1: the default encoding would first search all of it for letters that are not ASCII. */
function write(res: Response, data: Buffer | string): boolean {
  return typeof data === 'string' ? res.write(data, 'latin1') : res.write(data)
}
