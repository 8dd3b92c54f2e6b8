import { createSingleFlight } from '../../util/single-flight.js'
import { isMp3 } from '../../voice/formats/mp3.js'
import type { PlayableFormat } from '../media-query.js'
import { detectMediaType } from '../media-type.js'
import type { WholeMedia } from './media-cache.js'
import type { MediaRequest } from './media-request.js'
import { createBytesEtag, mediaCache, readWhole, sendKept, sendWhole } from './whole-media.js'

/** A recording is held in memory to be converted, so it is limited. WeChat's own have at most 2 MB and a minute. */
export const MAX_VOICE_BYTES = 2 * 1024 * 1024

/** Single-flight by cache key: requests for one voice at the same time share one download and one conversion. */
const conversions = createSingleFlight<string, WholeMedia>({ abortsWithoutWaiters: true })

/** Sends a voice in a format that ordinary browsers play, and keeps it for the next range. */
export async function sendVoice(request: MediaRequest, format: PlayableFormat): Promise<void> {
  if (await sendKept(request)) return
  const { cacheKey, signal } = request
  const voice = await conversions.run(cacheKey, flightSignal => loadVoice(request, format, flightSignal), {
    signal,
  })
  if (!(await sendKept(request))) await sendWhole(request, voice)
}

async function loadVoice(
  request: MediaRequest,
  format: PlayableFormat,
  signal: AbortSignal,
): Promise<WholeMedia> {
  const media = await request.open(signal)
  try {
    const recording = await readWhole(media)
    const voice = await convert(request, recording, media.contentType, format, signal)
    mediaCache.reserve(voice.data.length)?.keep(request.cacheKey, voice)
    return voice
  } catch (error) {
    media.close()
    throw error
  }
}

/** Converts a recording to the format. A recording that is an MP3 file is not converted to `mp3`. */
async function convert(
  { getNetwork }: MediaRequest,
  recording: Buffer,
  contentType: string,
  format: PlayableFormat,
  signal: AbortSignal,
): Promise<WholeMedia> {
  if (format === 'mp3' && isMp3(recording)) {
    return {
      type: detectMediaType(contentType, recording),
      data: recording,
      etag: createBytesEtag(recording),
    }
  }
  // Most services never convert a voice, so the converters are loaded by the first request for one.
  const { convertVoiceFor } = await import('../../voice/convert-voice.js')
  const { data, ...type } = await convertVoiceFor(getNetwork(), recording, { format, contentType, signal })
  return { type, data, etag: createBytesEtag(data) }
}
