import { Worker } from 'node:worker_threads'
import { type VoiceEngine, VoiceError, type VoiceJob } from '../types.js'
import type { WorkerJob, WorkerReply } from './javascript-worker.js'

/** The worker's module: a TypeScript file if this file runs as source, and a bundle beside this one in `dist`. */
const WORKER_URL = new URL(
  import.meta.url.endsWith('.ts') ? './javascript-worker.ts' : './voice-worker.js',
  import.meta.url,
)

/** The worker's heap. The codecs' WebAssembly memory is not part of it and does not grow with the recording. */
const RESOURCE_LIMITS = { maxOldGenerationSizeMb: 128, maxYoungGenerationSizeMb: 32 }

/** OpenCORE's AMR decoder, LAME and Vorbis as WebAssembly, in a worker thread. It has no speex decoder. */
export const javascriptEngine: VoiceEngine = {
  getRequirement({ recording, output }) {
    if (recording.codec !== 'amr') return undefined
    const packages = output === 'samples' ? '@audio/decode-amr' : '@audio/decode-amr wasm-media-encoders'
    return `npm install ${packages}`
  },

  async convert(job) {
    if (job.recording.codec !== 'amr') return undefined
    const reply = await runWorker(job)
    if ('data' in reply) return Buffer.from(reply.data.buffer)
    switch (reply.problem) {
      case 'missing':
        return undefined
      case 'too-large':
        throw new VoiceError('voice_too_large', `the converted recording is too large: ${reply.detail}`)
      case 'damaged':
        throw new VoiceError('voice_damaged', 'the AMR recording could not be decoded', {
          cause: new Error(reply.detail),
        })
    }
  },
}

function runWorker({ recording, output, maxOutputBytes, signal }: VoiceJob): Promise<WorkerReply> {
  return new Promise((resolve, reject) => {
    // A copy, because transferring a view would take the caller's whole buffer away.
    const amr = new Uint8Array(recording.data)
    const worker = new Worker(WORKER_URL, {
      workerData: { amr, output, maxOutputBytes } satisfies WorkerJob,
      transferList: [amr.buffer],
      resourceLimits: RESOURCE_LIMITS,
      // The codecs need neither the application's environment, which holds its secrets, nor its console.
      env: {},
      execArgv: [],
      stdout: true,
      stderr: true,
    })
    worker.stdout.resume()
    worker.stderr.resume()

    let outcome = () => reject(new VoiceError('voice_damaged', 'the decoder stopped on this recording'))
    const abort = () => {
      outcome = () => reject(signal.reason)
      void worker.terminate()
    }
    signal.addEventListener('abort', abort, { once: true })
    worker.once('message', (reply: WorkerReply) => {
      outcome = () => resolve(reply)
      void worker.terminate()
    })
    // A recording that cannot be decoded gives a reply. An error means that the thread did not start or ran out of memory.
    worker.once('error', error => {
      outcome = () => reject(error)
    })
    // Settle only after the thread has ended: the caller then releases its slot.
    worker.once('exit', () => {
      signal.removeEventListener('abort', abort)
      outcome()
    })
  })
}
