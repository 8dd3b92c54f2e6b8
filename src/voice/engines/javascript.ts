import { Worker } from 'node:worker_threads'
import type { VoiceEngine, VoiceJob } from '../voice-engine.js'
import { VoiceError } from '../voice-error.js'
import type { WorkerJob, WorkerReply } from './javascript-worker.js'

/** The worker's module, seen from the source and from the bundle in `dist`. */
const workerUrl = new URL(
  import.meta.url.endsWith('.ts') ? './javascript-worker.ts' : './voice-worker.js',
  import.meta.url,
)

/** Heap of the worker. The codecs' WebAssembly memory is apart from it and doesn't grow with the recording. */
const resourceLimits = { maxOldGenerationSizeMb: 128, maxYoungGenerationSizeMb: 32 }

/** OpenCORE's AMR decoder, LAME and Vorbis as WebAssembly, in a thread of their own. There is no speex decoder. */
export const javascriptEngine: VoiceEngine = {
  needs({ recording, output }) {
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
    // A copy, because handing over a part of someone's buffer would hand over all of it.
    const amr = new Uint8Array(recording.data)
    const worker = new Worker(workerUrl, {
      workerData: { amr, output, maxOutputBytes } satisfies WorkerJob,
      transferList: [amr.buffer],
      resourceLimits,
      // The codecs need neither the application's secrets nor its console.
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
    // What a recording can do wrong comes as a reply. This is a thread that could not start, or ran out of memory.
    worker.once('error', error => {
      outcome = () => reject(error)
    })
    // The slot is free only when the thread is gone.
    worker.once('exit', () => {
      signal.removeEventListener('abort', abort)
      outcome()
    })
  })
}
