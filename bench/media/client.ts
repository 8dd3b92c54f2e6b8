import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { Agent, get } from 'node:http'
import type { ServerKind, Usage } from './messages.ts'

const agent = new Agent({ keepAlive: true })
/** Each download has an id of its own, since a server may keep what it has sent. */
let downloads = 0

export interface Running {
  url: string
  usage(): Promise<Usage>
  stop(): Promise<void>
}

/** Starts one of the bench's processes, and waits until it listens. */
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
  /** From the request to the first byte of the body. */
  firstByteMs: number
  /** To the byte that fills 64 KiB. */
  first64KibMs: number
}

/** Reads an answer to its end and forgets it. */
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
