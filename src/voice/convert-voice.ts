import { availableParallelism } from 'node:os'
import { WechatConfigError } from '../errors/errors.js'
import { parseOptions } from '../util/parse-options.js'
import { createSemaphore } from '../util/semaphore.js'
import {
  type ConvertVoiceOptions,
  convertVoiceSchema,
  type ParsedVoiceOptions,
} from './convert-voice-options.js'
import { ffmpegEngine } from './engines/ffmpeg.js'
import { javascriptEngine } from './engines/javascript.js'
import { SPEEX_BYTES_PER_SECOND, SPEEX_FRAME_BYTES } from './formats/speex.js'
import { createWavFile, getSampleBytes, WAV_HEADER_BYTES } from './formats/wav.js'
import { readRecording } from './recording.js'
import {
  type Recording,
  VOICE_FORMATS,
  type VoiceEngine,
  VoiceError,
  type VoiceFormat,
  type VoiceJob,
} from './types.js'

/** A voice that ordinary browsers play. */
export interface ConvertedVoice {
  data: Buffer
  /** The content type, such as `audio/mpeg`. */
  contentType: string
  /** The usual file extension, without a dot. */
  extension: string
  durationSeconds: number
}

const ENGINES: Record<ParsedVoiceOptions['engine'], readonly VoiceEngine[]> = {
  auto: [ffmpegEngine, javascriptEngine],
  ffmpeg: [ffmpegEngine],
  javascript: [javascriptEngine],
}

// Each conversion keeps one core busy, in a process or thread of its own. The cores belong to the process. Groups are
// the networks of clients, so that many conversions for one of them do not keep the others waiting.
const conversionSlots = createSemaphore(availableParallelism())

/**
 * Converts a WeChat recording (AMR-NB, or headerless wideband speex) into a format that any browser plays. A damaged
 * recording becomes a shorter clip if its beginning is intact. Speex needs ffmpeg; AMR needs ffmpeg or the optional
 * packages `@audio/decode-amr` and, for MP3 and Ogg, `wasm-media-encoders`.
 *
 * @example
 * const { data, contentType } = await convertVoice(recording, { format: 'mp3' })
 *
 * @throws {WechatConfigError} if an option is wrong; the message names it
 * @throws {VoiceError} `voice_unsupported` (415), `voice_damaged` (422), `voice_too_large` (413),
 * `voice_engine_missing` (501; its message names what to install), `voice_timeout` (504)
 */
export async function convertVoice(
  recording: Uint8Array,
  options: ConvertVoiceOptions,
): Promise<ConvertedVoice> {
  return convertVoiceFor('', recording, options)
}

/** Like {@link convertVoice}, for a client: conversions that wait are served in turns by their clients' networks. */
export async function convertVoiceFor(
  network: string,
  recording: Uint8Array,
  options: ConvertVoiceOptions,
): Promise<ConvertedVoice> {
  const parsed = parseOptions('convertVoice', convertVoiceSchema, options)
  assertBytes(recording)
  assertFewBytes(recording, parsed)
  const voice = readRecording(recording, parsed.contentType)
  assertShort(voice, parsed)

  const { format, timeoutMs } = parsed
  const deadline = AbortSignal.timeout(timeoutMs)
  const signal = parsed.signal ? AbortSignal.any([parsed.signal, deadline]) : deadline
  try {
    const data = await runInSlot(network, createJob(voice, parsed, signal), ENGINES[parsed.engine])
    return createConvertedVoice(data, voice, format)
  } catch (error) {
    if (deadline.aborted && error === deadline.reason) {
      throw new VoiceError('voice_timeout', `the conversion took longer than ${timeoutMs} ms`)
    }
    throw error
  }
}

function assertBytes(recording: unknown): void {
  if (recording instanceof Uint8Array) return
  throw new WechatConfigError(
    'convertVoice: the first argument must be the bytes of a recording (a Uint8Array)',
  )
}

/** Reading frames blocks the event loop, so bytes are limited: to those of speex, the codec with most per second. */
function assertFewBytes(recording: Uint8Array, { maxDurationSeconds }: ParsedVoiceOptions): void {
  const maxBytes = Math.ceil(maxDurationSeconds * SPEEX_BYTES_PER_SECOND) + SPEEX_FRAME_BYTES
  if (recording.length <= maxBytes) return
  throw new VoiceError('voice_too_large', `the recording is larger than ${maxBytes} bytes`)
}

/** A few bytes can play for long: a kilobyte of AMR frames without data lasts 20 seconds. */
function assertShort({ durationSeconds, sampleRate }: Recording, options: ParsedVoiceOptions): void {
  const { format, maxOutputBytes, maxDurationSeconds } = options
  if (durationSeconds > maxDurationSeconds) {
    throw new VoiceError('voice_too_large', `the recording plays longer than ${maxDurationSeconds} seconds`)
  }
  const wavBytes = WAV_HEADER_BYTES + getSampleBytes(durationSeconds, sampleRate)
  if (format === 'wav' && wavBytes > maxOutputBytes) {
    throw new VoiceError(
      'voice_too_large',
      `as WAV the recording would be larger than ${maxOutputBytes} bytes`,
    )
  }
}

function createJob(
  recording: Recording,
  { format, maxOutputBytes, ffmpegPath }: ParsedVoiceOptions,
  signal: AbortSignal,
): VoiceJob {
  const isWav = format === 'wav'
  return {
    recording,
    output: isWav ? 'samples' : format,
    maxOutputBytes: isWav ? maxOutputBytes - WAV_HEADER_BYTES : maxOutputBytes,
    ffmpegPath,
    signal,
  }
}

async function runInSlot(network: string, job: VoiceJob, engines: readonly VoiceEngine[]): Promise<Buffer> {
  const releaseSlot = await conversionSlots.acquire(job.signal, network)
  try {
    for (const engine of engines) {
      const data = await engine.convert(job)
      if (data) return data
    }
    throw engineMissingError(job, engines)
  } finally {
    releaseSlot()
  }
}

function engineMissingError(job: VoiceJob, engines: readonly VoiceEngine[]): VoiceError {
  const { recording, output } = job
  const found = engines.flatMap(engine => engine.getRequirement(job) ?? [])
  const requirements = found.length > 0 ? found : [ffmpegEngine.getRequirement(job)]
  const format = output === 'samples' ? 'wav' : output
  return new VoiceError(
    'voice_engine_missing',
    `converting ${recording.codec} to ${format} needs ${requirements.join(', or ')}`,
  )
}

function createConvertedVoice(
  data: Buffer,
  { sampleRate, durationSeconds }: Recording,
  format: VoiceFormat,
): ConvertedVoice {
  if (format !== 'wav') return { data, ...VOICE_FORMATS[format], durationSeconds }
  const seconds = data.length / getSampleBytes(1, sampleRate)
  return { data: createWavFile(data, sampleRate), ...VOICE_FORMATS.wav, durationSeconds: seconds }
}
