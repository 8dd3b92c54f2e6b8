import { spellOutPauses } from '../formats/amr.js'
import { wrapSpeexInOgg } from '../formats/ogg.js'
import type { Recording } from '../recording.js'
import type { EngineOutput, VoiceEngine, VoiceJob } from '../voice-engine.js'
import { VoiceError } from '../voice-error.js'
import { runBounded } from './bounded-program.js'

const maxAllocationBytes = 64 * 1024 * 1024

/** The format and the decoders are named, so that a hostile file can't choose among ffmpeg's hundreds of them. */
const inputs = {
  amr: { args: ['-f', 'amr', '-codec_whitelist', 'amrnb,libopencore_amrnb'], prepare: spellOutPauses },
  speex: { args: ['-f', 'ogg', '-codec_whitelist', 'speex,libspeex'], prepare: wrapSpeexInOgg },
} satisfies Record<Recording['codec'], { args: string[]; prepare: (data: Uint8Array) => Uint8Array }>

const outputs: Record<EngineOutput, { encoder: string; args: string[] }> = {
  samples: { encoder: 'pcm_s16le', args: ['-f', 's16le'] },
  // 16 kHz also for AMR's 8: below that it would be "MPEG 2.5", an extension that not every player knows.
  mp3: {
    encoder: 'libmp3lame',
    args: ['-ar', '16000', '-b:a', '32k', '-write_xing', '0', '-id3v2_version', '0', '-f', 'mp3'],
  },
  ogg: { encoder: 'libopus', args: ['-b:a', '24k', '-application', 'voip', '-f', 'ogg'] },
}

export const ffmpegEngine: VoiceEngine = {
  needs({ output }) {
    const build = output === 'samples' ? 'ffmpeg' : `ffmpeg with ${outputs[output].encoder}`
    return `${build} on the PATH (apt-get install ffmpeg, apk add ffmpeg, brew install ffmpeg)`
  },

  async convert(job) {
    const { recording, maxOutputBytes, ffmpegPath, signal } = job
    const input = inputs[recording.codec].prepare(recording.data)
    const result = await runBounded(ffmpegPath, ffmpegArguments(job), { input, maxOutputBytes, signal })
    if (!result || lacksEncoder(result.complaint)) return undefined
    if (result.exitCode !== 0 || result.output.length === 0) {
      throw new VoiceError('voice_damaged', `ffmpeg could not convert the ${recording.codec} recording`, {
        cause: new Error(result.complaint),
      })
    }
    return result.output
  },
}

/** Small builds of ffmpeg exist that can't write MP3 or Opus. */
function lacksEncoder(complaint: string): boolean {
  return complaint.includes('Unknown encoder')
}

function ffmpegArguments({ recording, output }: VoiceJob): string[] {
  return [
    ['-hide_banner', '-nostdin', '-loglevel', 'error', '-max_alloc', String(maxAllocationBytes)],
    ['-protocol_whitelist', 'pipe', '-threads', '1', ...inputs[recording.codec].args, '-i', 'pipe:0'],
    ['-map', '0:a:0', '-map_metadata', '-1', '-t', String(recording.durationSeconds)],
    ['-ac', '1', '-ar', String(recording.sampleRate), '-threads', '1', '-c:a', outputs[output].encoder],
    [...outputs[output].args, 'pipe:1'],
  ].flat()
}
