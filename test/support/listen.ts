import { createServer, type RequestListener, type Server } from 'node:http'
import { type AddressInfo, createServer as createTcpServer } from 'node:net'

export interface Listening {
  server: Server
  /** The address of the server, such as `http://127.0.0.1:40123`. */
  origin: string
  close(): Promise<void>
}

/** Starts an HTTP server at 127.0.0.1, on this port or on a free one. */
export async function listen(listener: RequestListener, port = 0): Promise<Listening> {
  const server = createServer(listener)
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(port, '127.0.0.1', resolve)
  })
  return {
    server,
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () =>
      new Promise(resolve => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

/** Finds a free port for a program that can't listen on port 0. Another program may take it meanwhile. */
export async function freePort(): Promise<number> {
  const server = createTcpServer()
  await new Promise<void>(done => server.listen(0, '127.0.0.1', done))
  const { port } = server.address() as AddressInfo
  await new Promise(done => server.close(done))
  return port
}
