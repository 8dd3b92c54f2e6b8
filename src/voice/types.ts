import type { ErrorCodeOf } from '../errors/catalogue.js'
import { WechatError } from '../errors/errors.js'

/** What a recording can be converted to. */
export type VoiceFormat = 'mp3' | 'wav' | 'ogg'

export const VOICE_FORMATS: Record<VoiceFormat, { contentType: string; extension: string }> = {
  mp3: { contentType: 'audio/mpeg', extension: 'mp3' },
  wav: { contentType: 'audio/wav', extension: 'wav' },
  ogg: { contentType: 'audio/ogg', extension: 'ogg' },
}

/** A recording as the engines get it: only whole frames of the codec, so that its duration is known. */
export interface Recording {
  codec: 'amr' | 'speex'
  data: Uint8Array
  sampleRate: number
  durationSeconds: number
}

/** What an engine writes. For WAV it writes samples: their header holds the length, which a pipe cannot fill in later. */
export type EngineOutput = 'samples' | 'mp3' | 'ogg'

export interface VoiceJob {
  recording: Recording
  output: EngineOutput
  maxOutputBytes: number
  ffmpegPath: string
  /** Aborts when the caller gives up or the time is over. */
  signal: AbortSignal
}

export interface VoiceEngine {
  /** Returns what to install for this job; undefined if the engine can never do it. */
  getRequirement(job: VoiceJob): string | undefined

  /** Returns the converted recording; undefined if the engine is not installed. */
  convert(job: VoiceJob): Promise<Buffer | undefined>
}

/** The codes of {@link VoiceError}. */
export type VoiceErrorCode = ErrorCodeOf<'voice'>

/** Why a recording could not be converted. Status and Chinese text come from the catalogue. */
export class VoiceError extends WechatError {
  override readonly name = 'VoiceError'

  constructor(code: VoiceErrorCode, message: string, options: ErrorOptions = {}) {
    super(message, { code })
    // Not enumerable, like the causes that the platform sets: debuggers show it, JSON does not.
    if ('cause' in options) Object.defineProperty(this, 'cause', { value: options.cause })
  }
}
