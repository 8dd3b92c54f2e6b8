import { createServer, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'

export interface Serving {
  /** Such as `http://127.0.0.1:40123`. */
  origin: string
  server: Server
  close(): Promise<void>
}

/** Serves on a free port of this machine. */
export async function serve(listener: RequestListener): Promise<Serving> {
  const server = createServer(listener)
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(0, '127.0.0.1', resolve)
  })
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    server,
    close: () =>
      new Promise(resolve => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}
