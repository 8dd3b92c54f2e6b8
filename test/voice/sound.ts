import { spawnSync } from 'node:child_process'

export interface Sound {
  samples: Int16Array
  sampleRate: number
}

/** Reads the only kind of WAV file that we write, and refuses any other. */
export function readWav(file: Buffer): Sound {
  const isOurs = file.toString('latin1', 0, 4) === 'RIFF' && file.toString('latin1', 8, 16) === 'WAVEfmt '
  if (!isOurs || file.readUInt32LE(4) !== file.length - 8) throw new Error('not a whole WAV file')
  if (file.readUInt16LE(20) !== 1 || file.readUInt16LE(22) !== 1 || file.readUInt16LE(34) !== 16) {
    throw new Error('not 16-bit mono')
  }
  if (file.readUInt32LE(40) !== file.length - 44) throw new Error('the data chunk has another length')
  return { samples: samplesOf(file.subarray(44)), sampleRate: file.readUInt32LE(24) }
}

/** Decodes with a program that knows nothing of our own decoding. */
export function decodeWithFfmpeg(ffmpeg: string, file: Buffer): Sound {
  const sampleRate = 16_000
  const args = ['-v', 'error', '-i', 'pipe:0', '-ac', '1', '-ar', String(sampleRate), '-f', 's16le', 'pipe:1']
  const { status, stdout, stderr } = spawnSync(ffmpeg, args, { input: file, maxBuffer: 64 * 1024 * 1024 })
  if (status !== 0) throw new Error(stderr.toString())
  return { samples: samplesOf(stdout), sampleRate }
}

export function secondsOf({ samples, sampleRate }: Sound): number {
  return samples.length / sampleRate
}

export function loudness({ samples, sampleRate }: Sound, fromSeconds: number, toSeconds: number): number {
  const part = samples.subarray(fromSeconds * sampleRate, toSeconds * sampleRate)
  return Math.sqrt(part.reduce((sum, sample) => sum + sample * sample, 0) / part.length)
}

/**
 * The share of the sound's energy that is at this frequency. Codecs need a moment at either end. A share above a half
 * is the strongest frequency.
 */
export function toneShare({ samples, sampleRate }: Sound, hertz: number): number {
  const middle = samples.subarray(sampleRate * 0.25, samples.length - sampleRate * 0.25)
  const energy = middle.reduce((sum, sample) => sum + sample * sample, 0)
  return (2 * goertzelPower(middle, hertz, sampleRate)) / (energy * middle.length)
}

function goertzelPower(samples: Int16Array, hertz: number, sampleRate: number): number {
  const coefficient = 2 * Math.cos((2 * Math.PI * hertz) / sampleRate)
  let last = 0
  let beforeLast = 0
  for (const sample of samples) {
    const next = sample + coefficient * last - beforeLast
    beforeLast = last
    last = next
  }
  return last * last + beforeLast * beforeLast - coefficient * last * beforeLast
}

function samplesOf(bytes: Buffer): Int16Array {
  return Int16Array.from({ length: bytes.length >> 1 }, (_, index) => bytes.readInt16LE(index * 2))
}
