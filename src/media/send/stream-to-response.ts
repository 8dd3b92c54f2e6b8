import type { OpenedMedia } from '../../wechat-api/media/media.js'
import type { ByteRange } from './byte-range.js'
import type { Receiver } from './receiver.js'

/** Turns the bytes of a medium, chunk by chunk, into what is written to the response. */
export interface MediaEncoder {
  encode(chunk: Buffer): Buffer | string
  /** Returns what is written after the last byte. It is not called if the medium breaks off. */
  end(): string
  /** Whether the rest of the medium is not needed. */
  isDone?(): boolean
}

export const identityEncoder: MediaEncoder = { encode: chunk => chunk, end: () => '' }

/**
 * Makes an encoder that writes only the bytes of a range. It is done after the range, except if the range reaches the
 * end of the medium: it then waits for WeChat's end, so that the connection to WeChat can be used again.
 */
export function createRangeEncoder({ start, end }: ByteRange, length: number | undefined): MediaEncoder {
  let offset = 0
  return {
    encode(chunk) {
      const bytes = chunk.subarray(Math.max(0, start - offset), Math.max(0, end - offset))
      offset += chunk.length
      return bytes
    },
    end: () => '',
    isDone: () => offset >= end && end !== length,
  }
}

/**
 * Writes a medium at the pace of the receiver. If the medium breaks off, the response is destroyed, so that the client
 * cannot take a part for the whole. If the rest is not needed, the connection to WeChat is closed.
 */
export function streamToResponse(
  receiver: Receiver,
  media: OpenedMedia,
  encoder: MediaEncoder,
): Promise<void> {
  const { res } = receiver
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

  function finish(): void {
    removeListeners()
    receiver.end(encoder.end())
    resolve()
  }

  function writeChunk(chunk: Buffer): boolean {
    const mayGoOn = receiver.write(encoder.encode(chunk))
    if (!encoder.isDone?.()) return mayGoOn
    media.close()
    finish()
    return false
  }

  res.on('drain', onDrain)
  res.on('close', onClose)
  writeChunk(media.head)
  if (encoder.isDone?.()) return promise
  media.flowTo({
    onChunk: writeChunk,
    onEnd: finish,
    onFailure(error) {
      removeListeners()
      res.destroy()
      reject(error)
    },
  })
  return promise
}
