import type { Response } from 'express'
import { WechatError } from '../errors/errors.js'
import type { OpenedMedia } from '../wechat-api/media/media.js'
import { isMp3 } from './media-type.js'
import { sendBinary, setBinaryHeaders } from './send-binary.js'

export const PLAYABLE_FORMATS = ['mp3', 'wav'] as const
export type PlayableFormat = (typeof PLAYABLE_FORMATS)[number]

/** More than a voice of WeChat has, which is 2 MB and a minute: it has to be in memory to be converted. */
export const MAX_VOICE_BYTES = 2 * 1024 * 1024

/** A voice as something that an ordinary browser plays. One that is so already goes out as it is. */
export async function sendVoice(
  res: Response,
  media: OpenedMedia,
  mediaId: string,
  format: PlayableFormat,
  signal: AbortSignal,
): Promise<void> {
  if (format === 'mp3' && isMp3(media.head)) return sendBinary(res, media, mediaId)
  const recording = await readAll(media)
  const voice = await convert(recording, media.contentType, format, signal)
  setBinaryHeaders(res, voice, mediaId, voice.data.length)
  res.end(voice.data)
}

async function convert(recording: Buffer, contentType: string, format: PlayableFormat, signal: AbortSignal) {
  // Most services never convert anything: the converters are loaded by those that do.
  const { convertVoice, VoiceError } = await import('../voice/index.js')
  try {
    return await convertVoice(recording, { format, contentType, signal })
  } catch (error) {
    if (!(error instanceof VoiceError)) throw error
    const { code, status, userMessage } = error
    throw new WechatError(error.message, { code, status, userMessage })
  }
}

function readAll(media: OpenedMedia): Promise<Buffer> {
  if (media.isComplete) return Promise.resolve(media.head)
  const { promise, resolve, reject } = Promise.withResolvers<Buffer>()
  const chunks = [media.head]
  media.flowTo({
    onChunk: chunk => chunks.push(chunk) > 0,
    onEnd: () => resolve(Buffer.concat(chunks)),
    onFailure: reject,
  })
  return promise
}
