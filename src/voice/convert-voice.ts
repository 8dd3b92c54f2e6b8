import { availableParallelism } from 'node:os'
import { ConversionSlots } from './conversion-slots.js'
import { ffmpegEngine } from './engines/ffmpeg.js'
import { javascriptEngine } from './engines/javascript.js'
import { speexBytesPerSecond, speexFrameBytes } from './formats/speex.js'
import { sampleBytes, wavFile, wavHeaderBytes } from './formats/wav.js'
import { type Recording, readRecording } from './recording.js'
import type { VoiceEngine, VoiceJob } from './voice-engine.js'
import { VoiceError } from './voice-error.js'
import { type VoiceFormat, voiceFormats } from './voice-format.js'

export interface ConvertVoiceOptions {
  format: VoiceFormat

  /** What WeChat called the recording, such as `voice/speex`. Speex has no header by which it could be known. */
  contentType?: string

  /**
   * `auto` takes ffmpeg where it is installed, else the npm packages.
   * @default 'auto'
   */
  engine?: 'auto' | 'ffmpeg' | 'javascript'

  /**
   * The program, or its path.
   * @default 'ffmpeg'
   */
  ffmpegPath?: string

  /**
   * How long to wait for the result, a wait for other conversions included.
   * @default 10_000
   */
  timeoutMs?: number

  /**
   * The largest result.
   * @default 33_554_432 (32 MiB)
   */
  maxOutputBytes?: number

  /**
   * The longest recording. WeChat's own are a minute at most.
   * @default 600
   */
  maxDurationSeconds?: number

  /** Stops the conversion; the promise rejects with the signal's reason. */
  signal?: AbortSignal
}

export interface ConvertedVoice {
  data: Buffer
  contentType: string
  extension: string
  durationSeconds: number
}

const engines: Record<NonNullable<ConvertVoiceOptions['engine']>, readonly VoiceEngine[]> = {
  auto: [ffmpegEngine, javascriptEngine],
  ffmpeg: [ffmpegEngine],
  javascript: [javascriptEngine],
}

const defaultMaxOutputBytes = 32 * 1024 * 1024
const defaultMaxDurationSeconds = 600

// A conversion keeps one core busy, in a process or thread of its own.
const slots = new ConversionSlots(availableParallelism())

/**
 * Turns a WeChat recording (AMR-NB, or headerless wideband speex) into something that any browser plays. A damaged
 * recording becomes a shorter clip where its beginning is sound. Speex needs ffmpeg; AMR needs ffmpeg or the
 * optional packages `@audio/decode-amr` and, for MP3 and Ogg, `wasm-media-encoders`.
 *
 * @example
 * const { data, contentType } = await convertVoice(recording, { format: 'mp3' })
 *
 * @throws {VoiceError} `voice_unsupported` (415), `voice_damaged` (422), `voice_too_large` (413),
 * `voice_engine_missing` (501; its message names what to install), `voice_timeout` (504)
 */
export async function convertVoice(
  recording: Uint8Array,
  options: ConvertVoiceOptions,
): Promise<ConvertedVoice> {
  const { format, timeoutMs = 10_000 } = options
  if (!Object.hasOwn(voiceFormats, format)) {
    throw new VoiceError(
      'voice_unsupported',
      `convertVoice: "format" must be mp3, wav or ogg, got "${format}"`,
    )
  }
  refuseTooManyBytes(recording, options)
  const voice = readRecording(recording, options.contentType)
  refuseTooLong(voice, options)

  const deadline = AbortSignal.timeout(timeoutMs)
  const signal = options.signal ? AbortSignal.any([options.signal, deadline]) : deadline
  const job: VoiceJob = {
    recording: voice,
    output: format === 'wav' ? 'samples' : format,
    maxOutputBytes:
      (options.maxOutputBytes ?? defaultMaxOutputBytes) - (format === 'wav' ? wavHeaderBytes : 0),
    ffmpegPath: options.ffmpegPath ?? 'ffmpeg',
    signal,
  }
  try {
    const data = await slots.run(signal, () => runEngine(job, options.engine ?? 'auto'))
    return describe(data, voice, format)
  } catch (error) {
    if (deadline.aborted && error === deadline.reason) {
      throw new VoiceError('voice_timeout', `the conversion took longer than ${timeoutMs} ms`)
    }
    throw error
  }
}

/** The frames are read on the event loop: only so many. Of what is read, speex takes the most bytes in a second. */
function refuseTooManyBytes(recording: Uint8Array, options: ConvertVoiceOptions): void {
  const { maxDurationSeconds = defaultMaxDurationSeconds } = options
  const maxBytes = Math.ceil(maxDurationSeconds * speexBytesPerSecond) + speexFrameBytes
  if (recording.length <= maxBytes) return
  throw new VoiceError('voice_too_large', `the recording is larger than ${maxBytes} bytes`)
}

/** Few bytes can play long: a kilobyte of AMR frames without data is 20 seconds. */
function refuseTooLong({ durationSeconds, sampleRate }: Recording, options: ConvertVoiceOptions): void {
  const { maxOutputBytes = defaultMaxOutputBytes, maxDurationSeconds = defaultMaxDurationSeconds } = options
  if (durationSeconds > maxDurationSeconds) {
    throw new VoiceError('voice_too_large', `the recording plays longer than ${maxDurationSeconds} seconds`)
  }
  const wavBytes = wavHeaderBytes + sampleBytes(durationSeconds, sampleRate)
  if (options.format === 'wav' && wavBytes > maxOutputBytes) {
    throw new VoiceError(
      'voice_too_large',
      `as WAV the recording would be larger than ${maxOutputBytes} bytes`,
    )
  }
}

async function runEngine(job: VoiceJob, name: keyof typeof engines): Promise<Buffer> {
  for (const engine of engines[name]) {
    const data = await engine.convert(job)
    if (data) return data
  }
  const wishes = engines[name].flatMap(engine => engine.needs(job) ?? [])
  const needs = wishes.length > 0 ? wishes : [ffmpegEngine.needs(job)]
  const { recording, output } = job
  throw new VoiceError(
    'voice_engine_missing',
    `converting ${recording.codec} to ${output === 'samples' ? 'wav' : output} needs ${needs.join(', or ')}`,
  )
}

function describe(
  data: Buffer,
  { sampleRate, durationSeconds }: Recording,
  format: VoiceFormat,
): ConvertedVoice {
  if (format !== 'wav') return { data, ...voiceFormats[format], durationSeconds }
  const seconds = data.length / sampleBytes(1, sampleRate)
  return { data: wavFile(data, sampleRate), ...voiceFormats.wav, durationSeconds: seconds }
}
