import type { Response } from 'express'
import { isMp3 } from '../voice/formats/mp3.js'
import type { OpenedMedia } from '../wechat-api/media/media.js'
import { sendBinary, setBinaryHeaders } from './send-binary.js'

export const PLAYABLE_FORMATS = ['mp3', 'wav'] as const
export type PlayableFormat = (typeof PLAYABLE_FORMATS)[number]

/** A recording has to be in memory to be converted. WeChat's own are at most 2 MB and a minute long. */
export const MAX_VOICE_BYTES = 2 * 1024 * 1024

/** Sends a voice in a format that ordinary browsers play. An MP3 file is sent unchanged as `mp3`. */
export async function sendVoice(
  res: Response,
  media: OpenedMedia,
  mediaId: string,
  format: PlayableFormat,
  signal: AbortSignal,
): Promise<void> {
  if (format === 'mp3' && isMp3(media.head)) return sendBinary(res, media, mediaId)
  const recording = await readAll(media)
  // Most services never convert a voice, so the converters are loaded by the first request for one.
  const { convertVoice } = await import('../voice/index.js')
  const voice = await convertVoice(recording, { format, contentType: media.contentType, signal })
  setBinaryHeaders(res, voice, mediaId, voice.data.length)
  res.end(voice.data)
}

function readAll(media: OpenedMedia): Promise<Buffer> {
  if (media.isComplete) return Promise.resolve(media.head)
  const { promise, resolve, reject } = Promise.withResolvers<Buffer>()
  const chunks = [media.head]
  media.flowTo({
    onChunk(chunk) {
      chunks.push(chunk)
      return true
    },
    onEnd: () => resolve(Buffer.concat(chunks)),
    onFailure: reject,
  })
  return promise
}
