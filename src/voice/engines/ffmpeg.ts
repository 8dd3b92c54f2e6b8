import { replacePausesBySilence } from '../formats/amr.js'
import { wrapSpeexInOgg } from '../formats/ogg.js'
import { type EngineOutput, type Recording, type VoiceEngine, VoiceError, type VoiceJob } from '../types.js'
import { runBounded } from './bounded-program.js'

const MAX_ALLOCATION_BYTES = 64 * 1024 * 1024

/** Format and decoder are fixed, so that a hostile file cannot select one of ffmpeg's hundreds of others. */
const INPUTS = {
  amr: {
    args: ['-f', 'amr', '-codec_whitelist', 'amrnb,libopencore_amrnb'],
    prepare: replacePausesBySilence,
  },
  speex: { args: ['-f', 'ogg', '-codec_whitelist', 'speex,libspeex'], prepare: wrapSpeexInOgg },
} satisfies Record<Recording['codec'], { args: string[]; prepare: (data: Uint8Array) => Uint8Array }>

const OUTPUTS: Record<EngineOutput, { encoder: string; args: string[] }> = {
  samples: { encoder: 'pcm_s16le', args: ['-f', 's16le'] },
  // 16 kHz also for AMR's 8 kHz: below 16 kHz it would be "MPEG 2.5", which not every player supports.
  mp3: {
    encoder: 'libmp3lame',
    args: ['-ar', '16000', '-b:a', '32k', '-write_xing', '0', '-id3v2_version', '0', '-f', 'mp3'],
  },
  ogg: { encoder: 'libopus', args: ['-b:a', '24k', '-application', 'voip', '-f', 'ogg'] },
}

export const ffmpegEngine: VoiceEngine = {
  getRequirement({ output }) {
    const build = output === 'samples' ? 'ffmpeg' : `ffmpeg with ${OUTPUTS[output].encoder}`
    return `${build} on the PATH (apt-get install ffmpeg, apk add ffmpeg, brew install ffmpeg)`
  },

  async convert(job) {
    const { recording, maxOutputBytes, ffmpegPath, signal } = job
    const input = INPUTS[recording.codec].prepare(recording.data)
    const result = await runBounded(ffmpegPath, createArguments(job), { input, maxOutputBytes, signal })
    if (!result || lacksEncoder(result.complaint)) return undefined
    if (result.exitCode !== 0 || result.output.length === 0) {
      throw new VoiceError('voice_damaged', `ffmpeg could not convert the ${recording.codec} recording`, {
        cause: new Error(result.complaint),
      })
    }
    return result.output
  },
}

/** Some small builds of ffmpeg have no encoder for MP3 or Opus. */
function lacksEncoder(complaint: string): boolean {
  return complaint.includes('Unknown encoder')
}

function createArguments({ recording, output }: VoiceJob): string[] {
  return [
    ['-hide_banner', '-nostdin', '-loglevel', 'error', '-max_alloc', String(MAX_ALLOCATION_BYTES)],
    ['-protocol_whitelist', 'pipe', '-threads', '1', ...INPUTS[recording.codec].args, '-i', 'pipe:0'],
    ['-map', '0:a:0', '-map_metadata', '-1', '-t', String(recording.durationSeconds)],
    ['-ac', '1', '-ar', String(recording.sampleRate), '-threads', '1', '-c:a', OUTPUTS[output].encoder],
    [...OUTPUTS[output].args, 'pipe:1'],
  ].flat()
}
