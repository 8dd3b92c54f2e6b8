import { createServer as createHttpServer } from 'node:http'
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net'

/** Maps each `name:port` that the proxy reaches to a port of this machine. It reaches nothing else. */
export type ProxyRoutes = Readonly<Record<string, number>>

export interface TestProxy {
  /** The proxy's address, with user and password if it asks for them. */
  readonly url: string
  readonly port: number
  /** The `name:port` of each connection that clients asked for. */
  readonly targets: string[]
  close(): Promise<void>
}

export interface ConnectProxyOptions {
  /** The password of the user `agent`. */
  password?: string
  /** Answers every CONNECT with this status. */
  status?: number
  /** Accepts connections and never answers. */
  isSilent?: boolean
  /** Answers every CONNECT with these bytes, and nothing after them. */
  answer?: string
}

/** Starts a forward proxy that tunnels by CONNECT, and answers 405 to other methods. */
export async function startConnectProxy(
  routes: ProxyRoutes,
  { password, status, isSilent = false, answer }: ConnectProxyOptions = {},
): Promise<TestProxy> {
  const targets: string[] = []
  const server = createHttpServer((_req, res) => res.writeHead(405).end())
  const expected =
    password && `Basic ${Buffer.from(`agent:${decodeURIComponent(password)}`).toString('base64')}`
  server.on('connect', (req, client: Socket) => {
    const target = req.url ?? ''
    targets.push(target)
    if (answer !== undefined) client.write(answer)
    if (isSilent || answer !== undefined) return
    const isKnown = !expected || req.headers['proxy-authorization'] === expected
    const port = routes[target]
    const refusal = status ?? (isKnown ? undefined : 407) ?? (port === undefined ? 502 : undefined)
    if (refusal !== undefined || port === undefined) {
      client.end(`HTTP/1.1 ${refusal} refused\r\nContent-Length: 0\r\n\r\n`)
      return
    }
    const upstream = connect(port, '127.0.0.1', () => {
      client.write('HTTP/1.1 200 Connection Established\r\n\r\n')
      join(client, upstream)
    })
  })
  return listening(server, targets, port =>
    password ? `http://agent:${password}@127.0.0.1:${port}` : `http://127.0.0.1:${port}`,
  )
}

/** Starts a SOCKS 5 proxy (RFC 1928). With a password, it demands user `agent` and that password (RFC 1929). */
export async function startSocksProxy(routes: ProxyRoutes, password?: string): Promise<TestProxy> {
  const targets: string[] = []
  const server = createServer(client => {
    serveSocks(client, routes, targets, password).catch(() => client.destroy())
  })
  return listening(server, targets, port =>
    password ? `socks5h://agent:${password}@127.0.0.1:${port}` : `socks5h://127.0.0.1:${port}`,
  )
}

async function serveSocks(
  client: Socket,
  routes: ProxyRoutes,
  targets: string[],
  password: string | undefined,
): Promise<void> {
  const read = createReader(client)
  const [, methodCount = 0] = await read(2)
  await read(methodCount)
  client.write(Buffer.from([5, password ? 2 : 0]))
  if (password) {
    const [, userLength = 0] = await read(2)
    const user = await read(userLength)
    const [passwordLength = 0] = await read(1)
    const given = (await read(passwordLength)).toString()
    const isRight = user.toString() === 'agent' && given === password
    client.write(Buffer.from([1, isRight ? 0 : 1]))
    if (!isRight) return void client.end()
  }
  const [, , , addressType] = await read(4)
  // 3 is a host name. An address is refused, because the proxy has to resolve the name, not the client.
  if (addressType !== 3) throw new Error('no name')
  const [nameLength = 0] = await read(1)
  const name = (await read(nameLength)).toString()
  const target = `${name}:${(await read(2)).readUInt16BE()}`
  targets.push(target)
  const port = routes[target]
  const reply = (code: number) => Buffer.from([5, code, 0, 1, 0, 0, 0, 0, 0, 0])
  if (port === undefined) return void client.end(reply(4))
  const upstream = connect(port, '127.0.0.1', () => {
    client.write(reply(0))
    join(client, upstream)
  })
}

/** Makes a function that reads exactly this number of bytes. */
function createReader(socket: Socket): (bytes: number) => Promise<Buffer> {
  return async bytes => {
    if (bytes === 0) return Buffer.alloc(0)
    for (;;) {
      const chunk: Buffer | null = socket.read(bytes)
      if (chunk?.length === bytes) return chunk
      if (socket.readableEnded || socket.destroyed) throw new Error('the client is gone')
      await new Promise(done => socket.once('readable', done).once('close', done))
    }
  }
}

function join(client: Socket, upstream: Socket): void {
  for (const [from, to] of [
    [client, upstream],
    [upstream, client],
  ] as const) {
    from.on('error', () => to.destroy())
    from.on('close', () => to.destroy())
    from.pipe(to)
  }
}

async function listening(
  server: Server,
  targets: string[],
  urlOf: (port: number) => string,
): Promise<TestProxy> {
  const sockets = new Set<Socket>()
  server.on('connection', (socket: Socket) => {
    sockets.add(socket)
    socket.on('error', () => {}).on('close', () => sockets.delete(socket))
  })
  await new Promise<void>(done => server.listen(0, '127.0.0.1', done))
  const { port } = server.address() as AddressInfo
  return {
    url: urlOf(port),
    port,
    targets,
    async close() {
      for (const socket of sockets) socket.destroy()
      await new Promise(done => server.close(done))
    },
  }
}
