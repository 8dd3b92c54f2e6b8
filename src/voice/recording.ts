import { AMR_SAMPLE_RATE, isAmr, readAmrFrames } from './formats/amr.js'
import { isMp3 } from './formats/mp3.js'
import { looksLikeSpeex, readSpeexFrames, SPEEX_SAMPLE_RATE } from './formats/speex.js'
import { type Recording, VoiceError } from './types.js'

/** The codecs of the recordings that WeChat gives. */
export type VoiceCodec = 'amr' | 'speex' | 'mp3' | 'wav'

/**
 * Detects the codec of a voice message by its first bytes. Headerless speex has no fixed first bytes: it is recognised
 * by the content type (`voice/speex`) together with most of its frames, or by all of its frames.
 */
export function detectVoice(recording: Uint8Array, contentTypeHint?: string | null): VoiceCodec | undefined {
  if (isAmr(recording)) return 'amr'
  if (isWav(recording)) return 'wav'
  if (isMp3(recording)) return 'mp3'
  if (isNamedSpeex(contentTypeHint) ? readSpeexFrames(recording) : looksLikeSpeex(recording)) return 'speex'
  return undefined
}

/**
 * Returns how many seconds an AMR or speex recording plays, from the number of its frames, without decoding them. A
 * damaged AMR recording counts up to its damage. Returns undefined for anything else.
 */
export function voiceDurationSeconds(recording: Uint8Array): number | undefined {
  if (isAmr(recording)) return readAmrFrames(recording).durationSeconds
  return looksLikeSpeex(recording) ? readSpeexFrames(recording)?.durationSeconds : undefined
}

/**
 * Reads the whole frames of a recording.
 *
 * @throws {VoiceError} `voice_unsupported` or `voice_damaged`
 */
export function readRecording(recording: Uint8Array, contentTypeHint?: string | null): Recording {
  const codec = detectVoice(recording, contentTypeHint)
  if (codec === 'mp3' || codec === 'wav') {
    throw new VoiceError(
      'voice_unsupported',
      `the recording is already ${codec}, which browsers play as it is`,
    )
  }
  if (codec === 'amr') {
    const frames = readAmrFrames(recording)
    if (frames.durationSeconds === 0) throw new VoiceError('voice_damaged', 'the AMR file has no whole frame')
    return { codec, sampleRate: AMR_SAMPLE_RATE, ...frames }
  }
  const frames = codec === 'speex' ? readSpeexFrames(recording) : undefined
  if (frames) return { codec: 'speex', sampleRate: SPEEX_SAMPLE_RATE, ...frames }
  if (isNamedSpeex(contentTypeHint)) {
    throw new VoiceError(
      'voice_damaged',
      'the recording is called speex, but is not made of 60-byte wideband frames',
    )
  }
  throw new VoiceError('voice_unsupported', 'the recording is neither AMR-NB nor headerless wideband speex')
}

function isNamedSpeex(contentTypeHint: string | null | undefined): boolean {
  return /speex/i.test(contentTypeHint ?? '')
}

function isWav(recording: Uint8Array): boolean {
  return readText(recording, 0, 4) === 'RIFF' && readText(recording, 8, 12) === 'WAVE'
}

function readText(recording: Uint8Array, start: number, end: number): string {
  return Buffer.from(recording.subarray(start, end)).toString('latin1')
}
