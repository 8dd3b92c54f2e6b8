import { createRequire } from 'node:module'
import { wavFile } from './wav-file.js'

type Failed = (message: string) => void

interface AmrEngine {
  encode(pcm: Int16Array, done: (amr: Uint8Array) => void, failed: Failed, kilobits: number): void
  decode(amr: Uint8Array, done: (pcm: Int16Array) => void, failed: Failed): void
}

interface Recorder {
  TrafficImgUrl: string
  CLog: () => void
  AMR: AmrEngine
}

const header = '#!AMR\n'
const sampleRate = 8_000
const frameSamples = 160
/** The bit rate at which WeChat's client records, in kbit/s. */
const kilobits = 12.2

let engine: AmrEngine | undefined

/** Encodes PCM at 8 kHz, 16 bit little endian mono, as the AMR file that `media/get` returns for a voice. */
export async function encodeAmr(pcm: Buffer): Promise<Buffer> {
  const { encode } = loadEngine()
  // There is one sample more than the frames need, because the encoder drops a last frame that no sample follows.
  const frames = Math.ceil(pcm.length / 2 / frameSamples)
  const samples = new Int16Array(frames * frameSamples + 1)
  for (let index = 0; index < Math.floor(pcm.length / 2); index += 1)
    samples[index] = pcm.readInt16LE(index * 2)

  return new Promise((resolve, reject) => {
    encode.call(engine, samples, amr => resolve(Buffer.from(amr)), failedWith(reject), kilobits)
  })
}

/** Converts AMR to WAV, because no browser plays AMR. */
export async function amrToWav(amr: Buffer): Promise<Buffer> {
  if (amr.toString('latin1', 0, header.length) !== header)
    throw new TypeError('this is no AMR recording: it has no header')
  const { decode } = loadEngine()
  return new Promise((resolve, reject) => {
    decode.call(
      engine,
      new Uint8Array(amr),
      samples => resolve(wavFile(samples, sampleRate)),
      failedWith(reject),
    )
  })
}

function failedWith(reject: (error: Error) => void): Failed {
  return message => reject(new TypeError(`this is no AMR recording: ${message}`))
}

function loadEngine(): AmrEngine {
  if (engine) return engine
  const require = createRequire(import.meta.url)
  try {
    const recorder: Recorder = require('recorder-core')
    // `recorder-core` would otherwise request a picture over the network to count its users, and write to the console.
    recorder.TrafficImgUrl = ''
    recorder.CLog = () => {}
    require('recorder-core/src/engine/beta-amr.js')
    require('recorder-core/src/engine/beta-amr-engine.js')
    engine = recorder.AMR
    return engine
  } catch (error) {
    const isMissing = error instanceof Error && 'code' in error && error.code === 'MODULE_NOT_FOUND'
    if (!isMissing) throw error
    throw new TypeError(
      'voices need the AMR encoder of recorder-core; install it for development: npm install --save-dev recorder-core',
    )
  }
}
