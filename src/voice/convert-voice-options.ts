import { z } from 'zod'
import type { VoiceFormat } from './types.js'

/** The options of `convertVoice()`. */
export interface ConvertVoiceOptions {
  /** What the recording is converted to. */
  format: VoiceFormat

  /** The type that WeChat gave, such as `voice/speex`. Speex has no header by which it could be recognised. */
  contentType?: string | null | undefined

  /**
   * `auto` uses ffmpeg if it is installed, otherwise the npm packages.
   * @default 'auto'
   */
  engine?: 'auto' | 'ffmpeg' | 'javascript' | undefined

  /**
   * The program, or its path.
   * @default 'ffmpeg'
   */
  ffmpegPath?: string | undefined

  /**
   * Milliseconds to wait for the result, including the time in the queue behind other conversions.
   * @default 10_000
   */
  timeoutMs?: number | undefined

  /**
   * The largest result, in bytes.
   * @default 33_554_432 (32 MiB)
   */
  maxOutputBytes?: number | undefined

  /**
   * The longest recording, in seconds. WeChat's own last a minute at most.
   * @default 600
   */
  maxDurationSeconds?: number | undefined

  /** Stops the conversion; the promise rejects with the signal's reason. */
  signal?: AbortSignal | undefined
}

/** The options with their defaults. */
export type ParsedVoiceOptions = z.output<typeof convertVoiceSchema>

const positive = (complaint: string) =>
  z.custom<number>(value => typeof value === 'number' && value > 0, complaint)

export const convertVoiceSchema = z.strictObject({
  format: z.enum(['mp3', 'wav', 'ogg'], 'must be "mp3", "wav" or "ogg"'),
  contentType: z.string('must be a content type such as "voice/speex"').nullish(),
  engine: z
    .enum(['auto', 'ffmpeg', 'javascript'], 'must be "auto", "ffmpeg" or "javascript"')
    .default('auto'),
  ffmpegPath: z
    .string('must be the path of a program')
    .min(1, 'must be the path of a program')
    .default('ffmpeg'),
  timeoutMs: z
    .number('must be a number of milliseconds')
    .int('must be a whole number of milliseconds')
    .min(1, 'must be at least 1 (millisecond)')
    // The longest delay that a timer of Node can have.
    .max(2_147_483_647, 'must be at most 2147483647 (milliseconds)')
    .default(10_000),
  maxOutputBytes: positive('must be a number of bytes').default(32 * 1024 * 1024),
  maxDurationSeconds: positive('must be a number of seconds').default(600),
  signal: z.instanceof(AbortSignal, { error: 'must be an AbortSignal' }).optional(),
})
