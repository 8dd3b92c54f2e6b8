// Runs in a worker thread. It imports no other file of the package, because the tests start this source directly.
import { parentPort, workerData } from 'node:worker_threads'

export interface WorkerJob {
  /** A whole AMR-NB file. */
  amr: Uint8Array<ArrayBuffer>
  output: 'samples' | 'mp3' | 'ogg'
  maxOutputBytes: number
}

export type WorkerReply =
  | { data: Uint8Array<ArrayBuffer> }
  | { problem: 'missing' | 'damaged' | 'too-large'; detail: string }

/** Limits what is held between decoder and encoder: 2048 frames of one byte are 41 seconds of sound, 1.3 MB. */
const AMR_BYTES_PER_STEP = 2048

interface SampleEncoder {
  encode(samples: Float32Array): Uint8Array
  finish(): Uint8Array
}

async function convert({ amr, output, maxOutputBytes }: WorkerJob): Promise<WorkerReply> {
  const { decoder: createDecoder } = await import('@audio/decode-amr')
  const encoder = await createEncoder(output)
  const decoder = await createDecoder()
  const parts: Uint8Array[] = []
  let bytes = 0

  // The encoder reuses its memory for the next step, so each part is copied.
  const keep = (part: Uint8Array) => {
    bytes += part.length
    if (bytes <= maxOutputBytes) parts.push(part.slice())
  }
  for (let offset = 0; offset < amr.length && bytes <= maxOutputBytes; offset += AMR_BYTES_PER_STEP) {
    const [samples] = decoder.decode(amr.subarray(offset, offset + AMR_BYTES_PER_STEP)).channelData
    if (samples) keep(encoder.encode(samples))
  }
  keep(encoder.finish())

  if (bytes > maxOutputBytes) return { problem: 'too-large', detail: `more than ${maxOutputBytes} bytes` }
  if (bytes === 0) return { problem: 'damaged', detail: 'the decoder returned no samples' }
  const data = new Uint8Array(bytes)
  let offset = 0
  for (const part of parts) {
    data.set(part, offset)
    offset += part.length
  }
  return { data }
}

async function createEncoder(output: WorkerJob['output']): Promise<SampleEncoder> {
  if (output === 'samples') return { encode: to16BitSamples, finish: () => new Uint8Array() }

  const { createMp3Encoder, createOggEncoder } = await import('wasm-media-encoders')
  const format = { channels: 1, sampleRate: 8000 } as const
  if (output === 'mp3') {
    const encoder = await createMp3Encoder()
    // 16 kHz, because a lower rate would be "MPEG 2.5", which not every player supports.
    encoder.configure({ ...format, bitrate: 32, outputSampleRate: 16000 })
    return { encode: samples => encoder.encode([samples]), finish: () => encoder.finalize() }
  }
  const encoder = await createOggEncoder()
  encoder.configure({ ...format, vbrQuality: 3 })
  return { encode: samples => encoder.encode([samples]), finish: () => encoder.finalize() }
}

function to16BitSamples(samples: Float32Array): Uint8Array {
  const bytes = new DataView(new ArrayBuffer(samples.length * 2))
  for (const [index, sample] of samples.entries()) {
    bytes.setInt16(index * 2, Math.max(-32768, Math.min(32767, Math.round(sample * 32768))), true)
  }
  return new Uint8Array(bytes.buffer)
}

function createFailureReply(error: unknown): WorkerReply {
  const isMissing = error instanceof Error && 'code' in error && error.code === 'ERR_MODULE_NOT_FOUND'
  return { problem: isMissing ? 'missing' : 'damaged', detail: String(error) }
}

const reply = await convert(workerData as WorkerJob).catch(createFailureReply)
parentPort?.postMessage(reply, 'data' in reply ? [reply.data.buffer] : [])
