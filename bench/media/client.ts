import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { Agent, get } from 'node:http'
import type { ServerKind, Usage } from './messages.ts'

const agent = new Agent({ keepAlive: true })
/** The number in the next media_id. Each download has its own, so that no server answers from a cache. */
let downloads = 0

export interface Running {
  url: string
  usage(): Promise<Usage>
  stop(): Promise<void>
}

/** Starts a server of the bench in its own process, and waits until it listens. */
export async function start(file: string, ...args: string[]): Promise<Running> {
  const child: ChildProcess = fork(new URL(file, import.meta.url), args)
  const [{ port }] = await once(child, 'message')
  return {
    url: `http://127.0.0.1:${port}`,
    async usage() {
      child.send('usage')
      const [usage] = await once(child, 'message')
      return usage
    },
    async stop() {
      child.kill()
      await once(child, 'exit')
    },
  }
}

export interface Download {
  bytes: number
  /** Milliseconds from the request to the first byte of the body. */
  firstByteMs: number
  /** Milliseconds from the request until 64 KiB of the body have arrived. */
  first64KibMs: number
}

/** Downloads a medium of this size and discards its bytes. Rejects if the status is not 200 or the body is too short. */
export function download(serverUrl: string, kind: ServerKind, size: number): Promise<Download> {
  const format = kind === 'binary' ? '&format=binary' : ''
  const { promise, resolve, reject } = Promise.withResolvers<Download>()
  const startedAt = performance.now()
  const result: Download = { bytes: 0, firstByteMs: 0, first64KibMs: 0 }
  get(`${serverUrl}/?media_id=bytes_${size}_${downloads++}${format}`, { agent }, answer => {
    answer.on('data', (chunk: Buffer) => {
      const elapsed = performance.now() - startedAt
      if (result.bytes === 0) result.firstByteMs = elapsed
      if (result.bytes < 65_536 && result.bytes + chunk.length >= 65_536) result.first64KibMs = elapsed
      result.bytes += chunk.length
    })
    answer.on('end', () => {
      if (answer.statusCode === 200 && result.bytes >= size) resolve(result)
      else reject(new Error(`${kind}: status ${answer.statusCode}, ${result.bytes} of ${size} bytes`))
    })
    answer.on('error', reject)
  }).on('error', reject)
  return promise
}
