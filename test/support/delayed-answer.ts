import { once } from 'node:events'
import { Worker } from 'node:worker_threads'

const [RECEIVED, STANDS_STILL, ANSWERED] = [1, 2, 3]

/**
 * An HTTP server in another thread. It answers a request only after this thread has stopped its event loop, so that the
 * answer lies in the socket when the loop goes on.
 */
export interface DelayedAnswer {
  readonly url: string
  /** Waits for the request. */
  received(): Promise<void>
  /** Waits for the request, then stops the event loop until the answer has been sent and the time has passed. */
  standStill(ms: number): Promise<void>
  close(): Promise<void>
}

const SERVER = `
const { workerData, parentPort } = require('node:worker_threads')
const { createServer } = require('node:http')
const phase = new Int32Array(workerData.shared)
const set = value => { Atomics.store(phase, 0, value); Atomics.notify(phase, 0) }
const server = createServer((req, res) => {
  set(${RECEIVED})
  Atomics.wait(phase, 0, ${RECEIVED})
  res.on('finish', () => setTimeout(set, 20, ${ANSWERED}))
  res.writeHead(200, workerData.headers).end(workerData.body)
})
server.listen(0, '127.0.0.1', () => parentPort.postMessage(server.address().port))
`

export async function startDelayedAnswer(
  body: string | Uint8Array,
  headers: Record<string, string>,
): Promise<DelayedAnswer> {
  const shared = new SharedArrayBuffer(4)
  const phase = new Int32Array(shared)
  const worker = new Worker(SERVER, { eval: true, workerData: { shared, body, headers } })
  const [port] = await once(worker, 'message')
  async function received(): Promise<void> {
    while (Atomics.load(phase, 0) !== RECEIVED) await new Promise(setImmediate)
  }
  return {
    url: `http://127.0.0.1:${port}`,
    received,
    async standStill(ms) {
      await received()
      const startedAt = performance.now()
      Atomics.store(phase, 0, STANDS_STILL)
      Atomics.notify(phase, 0)
      while (Atomics.load(phase, 0) !== ANSWERED) Atomics.wait(phase, 0, STANDS_STILL)
      // No thread notifies after the answer, so this wait lasts for the rest of the time.
      Atomics.wait(phase, 0, ANSWERED, Math.max(0, ms - (performance.now() - startedAt)))
    },
    async close() {
      await worker.terminate()
    },
  }
}
