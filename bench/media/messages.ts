import type { Server } from 'node:http'

export type ServerKind = 'pipe' | 'peer' | 'binary' | 'base64'

export function port(server: Server): number {
  const address = server.address()
  return typeof address === 'object' && address ? address.port : 0
}

export interface Usage {
  /** Bytes of memory: now, and the most there ever was. */
  now: number
  peak: number
  /** Milliseconds of the processor since the start. */
  cpuMs: number
}
