// Runs in a worker thread, and imports none of our files: the tests start this source directly.
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

/** Small enough that nothing big is held between the decoder and the encoder, also where frames are one byte. */
const amrBytesPerStep = 2048

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

  // The encoder's memory is used again for the next step: each part is a copy.
  const keep = (part: Uint8Array) => {
    bytes += part.length
    if (bytes <= maxOutputBytes) parts.push(part.slice())
  }
  for (let offset = 0; offset < amr.length && bytes <= maxOutputBytes; offset += amrBytesPerStep) {
    const [samples] = decoder.decode(amr.subarray(offset, offset + amrBytesPerStep)).channelData
    if (samples) keep(encoder.encode(samples))
  }
  keep(encoder.finish())

  if (bytes > maxOutputBytes) return { problem: 'too-large', detail: `more than ${maxOutputBytes} bytes` }
  if (bytes === 0) return { problem: 'damaged', detail: 'the decoder made no sound of it' }
  const data = new Uint8Array(bytes)
  let offset = 0
  for (const part of parts) {
    data.set(part, offset)
    offset += part.length
  }
  return { data }
}

async function createEncoder(output: WorkerJob['output']): Promise<SampleEncoder> {
  if (output === 'samples') return { encode: samples16Bit, finish: () => new Uint8Array() }

  const { createMp3Encoder, createOggEncoder } = await import('wasm-media-encoders')
  const format = { channels: 1, sampleRate: 8000 } as const
  if (output === 'mp3') {
    const encoder = await createMp3Encoder()
    // 16 kHz, because anything lower would be "MPEG 2.5", an extension that not every player knows.
    encoder.configure({ ...format, bitrate: 32, outputSampleRate: 16000 })
    return { encode: samples => encoder.encode([samples]), finish: () => encoder.finalize() }
  }
  const encoder = await createOggEncoder()
  encoder.configure({ ...format, vbrQuality: 3 })
  return { encode: samples => encoder.encode([samples]), finish: () => encoder.finalize() }
}

function samples16Bit(samples: Float32Array): Uint8Array {
  const bytes = new DataView(new ArrayBuffer(samples.length * 2))
  for (const [index, sample] of samples.entries()) {
    bytes.setInt16(index * 2, Math.max(-32768, Math.min(32767, Math.round(sample * 32768))), true)
  }
  return new Uint8Array(bytes.buffer)
}

function failure(error: unknown): WorkerReply {
  const isMissing = error instanceof Error && 'code' in error && error.code === 'ERR_MODULE_NOT_FOUND'
  return { problem: isMissing ? 'missing' : 'damaged', detail: String(error) }
}

const reply = await convert(workerData as WorkerJob).catch(failure)
parentPort?.postMessage(reply, 'data' in reply ? [reply.data.buffer] : [])
