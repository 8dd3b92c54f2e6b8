import { buffer } from 'node:stream/consumers'
import { convertVoice, downloadMedia, type TokenManager, VoiceError, WechatApiError } from 'express-wechat'
import type { Keepsake, KeepsakeKind } from './capsules.ts'
import { Problem } from './problem.ts'

/** The media that the page uploaded to WeChat. The `serverId` of the page is a `media_id` here. */
export interface Uploads {
  imageServerId?: string | undefined
  voiceServerId?: string | undefined
}

/** Downloads a photograph and a voice from WeChat, which deletes them after three days. */
export async function fetchKeepsakes(
  tokenManager: TokenManager,
  { imageServerId, voiceServerId }: Uploads,
): Promise<Partial<Record<KeepsakeKind, Keepsake>>> {
  const [photo, voice] = await Promise.all([
    imageServerId === undefined ? undefined : fetchPhoto(tokenManager, imageServerId),
    voiceServerId === undefined ? undefined : fetchVoice(tokenManager, voiceServerId),
  ])
  return { ...(photo && { photo }), ...(voice && { voice }) }
}

async function fetchPhoto(tokenManager: TokenManager, mediaId: string): Promise<Keepsake> {
  const photo = await fetchMedia(tokenManager, mediaId, ['photo_gone', '照片在微信上已过期，请重新放一张'])
  if (!photo.contentType.startsWith('image/')) throw new Problem(400, 'no_photo', '这不是一张照片')
  return photo
}

async function fetchVoice(tokenManager: TokenManager, mediaId: string): Promise<Keepsake> {
  const recording = await fetchMedia(tokenManager, mediaId, [
    'voice_gone',
    '声音在微信上已过期，请重新录一段',
  ])
  try {
    const { data, contentType, durationSeconds } = await toPlayableVoice(recording)
    return { data, contentType, seconds: durationSeconds }
  } catch (error) {
    if (!(error instanceof VoiceError) || error.status >= 500) throw error
    throw new Problem(400, 'no_voice', '这段声音无法播放，请重新录一段')
  }
}

/** Converts a voice, which no browser plays as WeChat sends it, to MP3; to WAV if this machine has no MP3 encoder. */
async function toPlayableVoice({ data, contentType }: Keepsake) {
  try {
    return await convertVoice(data, { format: 'mp3', contentType })
  } catch (error) {
    if (!(error instanceof VoiceError) || error.code !== 'voice_engine_missing') throw error
    return convertVoice(data, { format: 'wav', contentType })
  }
}

async function fetchMedia(
  tokenManager: TokenManager,
  mediaId: string,
  [reason, message]: readonly [reason: string, message: string],
): Promise<Keepsake> {
  const { stream, contentType } = await downloadMedia(tokenManager, mediaId).catch((error: unknown) => {
    // 40007 is the errcode for a media_id that is unknown, or that is older than three days.
    if (error instanceof WechatApiError && error.errcode === 40007) throw new Problem(400, reason, message)
    throw error
  })
  return { data: await buffer(stream), contentType }
}
