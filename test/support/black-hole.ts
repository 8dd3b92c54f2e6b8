import { createServer, type Socket } from 'node:net'
import { onTestFinished } from 'vitest'

export interface BlackHole {
  /** The address has https, so that a client waits for the TLS handshake. */
  readonly baseUrl: string
  connections(): number
}

/** Starts a server that accepts connections and never sends a byte. It closes at the end of the test. */
export async function startBlackHole(): Promise<BlackHole> {
  const sockets = new Set<Socket>()
  let connections = 0
  const server = createServer(socket => {
    connections += 1
    sockets.add(socket.on('error', () => {}))
  })
  await new Promise<void>(done => server.listen(0, '127.0.0.1', done))
  const address = server.address()
  onTestFinished(async () => {
    for (const socket of sockets) socket.destroy()
    await new Promise(done => server.close(done))
  })
  const port = typeof address === 'object' ? address?.port : undefined
  return { baseUrl: `https://127.0.0.1:${port}`, connections: () => connections }
}
