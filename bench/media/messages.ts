import type { Server } from 'node:http'

export type ServerKind = 'pipe' | 'peer' | 'binary' | 'base64'

export function port(server: Server): number {
  const address = server.address()
  return typeof address === 'object' && address ? address.port : 0
}

/** Bytes of memory: now, and the most there ever was. */
export interface Memory {
  now: number
  peak: number
}
