import type { Recording } from './recording.js'

/** What an engine writes: WAV's header is ours, because a pipe can't go back to fill in the length. */
export type EngineOutput = 'samples' | 'mp3' | 'ogg'

export interface VoiceJob {
  recording: Recording
  output: EngineOutput
  maxOutputBytes: number
  ffmpegPath: string
  /** Stops the work, at the caller's wish or when the time is up. */
  signal: AbortSignal
}

export interface VoiceEngine {
  /** What to install so that this engine does the job. Undefined when it never can. */
  needs(job: VoiceJob): string | undefined

  /** The converted recording. Undefined when the engine is not on this machine. */
  convert(job: VoiceJob): Promise<Buffer | undefined>
}
