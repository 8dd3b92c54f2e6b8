import type { Server } from 'node:http'

export type ServerKind = 'pipe' | 'peer' | 'binary' | 'base64'

export function port(server: Server): number {
  const address = server.address()
  return typeof address === 'object' && address ? address.port : 0
}

export interface Usage {
  /** The process's RSS in bytes: `now` is the current value, `peak` the highest since its start. */
  now: number
  peak: number
  /** The CPU time of the process since its start, in milliseconds. */
  cpuMs: number
}
