import { amrSampleRate, isAmr, readAmrFrames } from './formats/amr.js'
import { looksLikeSpeex, readSpeexFrames, speexSampleRate } from './formats/speex.js'
import { VoiceError } from './voice-error.js'

export type VoiceCodec = 'amr' | 'speex' | 'mp3' | 'wav'

/** A recording as the engines get it: nothing but whole frames of the codec, so that its length is known. */
export interface Recording {
  codec: 'amr' | 'speex'
  data: Uint8Array
  sampleRate: number
  durationSeconds: number
}

/**
 * What a voice message is, by its first bytes. Headerless speex has none that tell: it is taken at the content
 * type's word (`voice/speex`), or recognised by its frames.
 */
export function detectVoice(recording: Uint8Array, contentTypeHint?: string): VoiceCodec | undefined {
  if (isAmr(recording)) return 'amr'
  if (isWav(recording)) return 'wav'
  if (isMp3(recording)) return 'mp3'
  if (isNamedSpeex(contentTypeHint) ? readSpeexFrames(recording) : looksLikeSpeex(recording)) return 'speex'
  return undefined
}

/**
 * Seconds that an AMR or speex recording plays, counted from its frames without decoding them. A damaged recording
 * counts up to its damage. Undefined for anything else.
 */
export function voiceDurationSeconds(recording: Uint8Array): number | undefined {
  if (isAmr(recording)) return readAmrFrames(recording).durationSeconds
  return looksLikeSpeex(recording) ? readSpeexFrames(recording)?.durationSeconds : undefined
}

/** @throws {VoiceError} `voice_unsupported` or `voice_damaged` */
export function readRecording(recording: Uint8Array, contentTypeHint?: string): Recording {
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
    return { codec, sampleRate: amrSampleRate, ...frames }
  }
  const frames = codec === 'speex' ? readSpeexFrames(recording) : undefined
  if (frames) return { codec: 'speex', sampleRate: speexSampleRate, ...frames }
  if (isNamedSpeex(contentTypeHint)) {
    throw new VoiceError(
      'voice_damaged',
      'the recording is called speex, but is not made of 60-byte wideband frames',
    )
  }
  throw new VoiceError('voice_unsupported', 'the recording is neither AMR-NB nor headerless wideband speex')
}

function isNamedSpeex(contentTypeHint: string | undefined): boolean {
  return /speex/i.test(contentTypeHint ?? '')
}

function isWav(recording: Uint8Array): boolean {
  return textAt(recording, 0, 4) === 'RIFF' && textAt(recording, 8, 12) === 'WAVE'
}

function isMp3(recording: Uint8Array): boolean {
  if (textAt(recording, 0, 3) === 'ID3') return true
  const [sync = 0, version = 0, rates = 0] = recording
  const isLayer3 = sync === 0xff && (version & 0xe6) === 0xe2 && (version & 0x18) !== 0x08
  const bitRate = rates >> 4
  return isLayer3 && bitRate !== 0 && bitRate !== 15 && (rates & 0x0c) !== 0x0c
}

function textAt(recording: Uint8Array, start: number, end: number): string {
  return Buffer.from(recording.subarray(start, end)).toString('latin1')
}
