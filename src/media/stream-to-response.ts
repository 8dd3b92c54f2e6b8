import type { Response } from 'express'
import type { OpenedMedia } from '../wechat-api/media/media.js'

/** Turns bytes, as they come, into what is written. */
export interface MediaEncoder {
  encode(chunk: Buffer): Buffer | string
  end(): string
}

/**
 * Writes a medium at the pace of the receiver. Where it breaks, the answer is destroyed, so that a part of it can't
 * be taken for the whole.
 */
export function pumpMedia(res: Response, media: OpenedMedia, encoder: MediaEncoder): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  const onDrain = () => media.resume()
  const settle = () => {
    res.off('drain', onDrain)
    res.off('close', onClose)
  }
  function onClose() {
    settle()
    media.close()
    resolve()
  }

  res.on('drain', onDrain)
  res.on('close', onClose)
  write(res, encoder.encode(media.head))
  media.flowTo({
    onChunk: chunk => write(res, encoder.encode(chunk)),
    onEnd() {
      settle()
      res.end(encoder.end())
      resolve()
    },
    onFailure(error) {
      settle()
      res.destroy()
      reject(error)
    },
  })
  return promise
}

/** As latin1, text goes out as it is; the default would look through all of it for letters that aren't ASCII. */
function write(res: Response, data: Buffer | string): boolean {
  return typeof data === 'string' ? res.write(data, 'latin1') : res.write(data)
}
