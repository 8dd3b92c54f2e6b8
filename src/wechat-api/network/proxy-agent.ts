import { once } from 'node:events'
import type { AgentOptions, ClientRequest, Agent as HttpAgent } from 'node:http'
import type { Socket } from 'node:net'
import { TLSSocket } from 'node:tls'
import type { HttpsProxyAgent } from 'https-proxy-agent'
import { startDeadline } from '../../util/deadline.js'
import { raceAbort } from '../../util/race-abort.js'
import type { ProxyServer } from './proxy.js'

/** The codes of errors that occur before a connection through a proxy is made begin with this. */
export const PROXY_FAILURE = 'PROXY_'

/**
 * The error if no connection through the proxy could be made. The errors of agents and of the socks package hold the
 * proxy's password, so only their code is kept: `PROXY_ECONNREFUSED`, `PROXY_STATUS_407`, `PROXY_TIMEOUT`.
 */
class ProxyConnectError extends Error {
  readonly code: string

  constructor(reason: string) {
    super('no connection through the proxy')
    this.code = PROXY_FAILURE + reason
  }
}

/** Makes an agent whose connections go through the proxy. The library for the proxy is loaded by the first call. */
export async function createProxyAgent(
  proxy: ProxyServer,
  options: AgentOptions,
  connectTimeoutMs: number,
): Promise<HttpAgent> {
  return proxy.kind === 'http'
    ? createTunnelAgent(proxy, options, connectTimeoutMs)
    : createSocksAgent(proxy, options, connectTimeoutMs)
}

/** Makes an agent whose connections are tunnels (CONNECT). The connection to an https proxy is itself encrypted. */
async function createTunnelAgent(
  proxy: ProxyServer,
  options: AgentOptions,
  timeoutMs: number,
): Promise<HttpAgent> {
  const { HttpsProxyAgent } = await import('https-proxy-agent')
  const { address, authorization } = splitAuthorization(new URL(proxy.url.reveal()))
  const agent = new HttpsProxyAgent(address, {
    ...options,
    // The headers are a function, so that neither inspection nor DEBUG=* shows the password in them.
    headers: () => (authorization === undefined ? {} : { 'proxy-authorization': authorization }),
  })
  const { connectOpts } = agent
  const connect = agent.connect.bind(agent)
  agent.connect = (request, target) =>
    establish(timeoutMs, target.secureEndpoint, async signal => {
      const refusal = refusedTunnel(request)
      // The library reads these options before its first await, so each connection gets its own signal.
      agent.connectOpts = { ...connectOpts, signal } as HttpsProxyAgent<string>['connectOpts']
      const socket = await connect(request, target)
      const status = refusal()
      if (status === undefined) return socket
      socket.destroy()
      throw new ProxyConnectError(`STATUS_${Number.isInteger(status) ? status : 'UNKNOWN'}`)
    })
  return agent
}

async function createSocksAgent(
  proxy: ProxyServer,
  options: AgentOptions,
  timeoutMs: number,
): Promise<HttpAgent> {
  const { SocksProxyAgent } = await import('socks-proxy-agent')
  const agent = new SocksProxyAgent(proxy.url.reveal(), options)
  const connect = agent.connect.bind(agent)
  agent.connect = (request, target) =>
    establish(timeoutMs, target.secureEndpoint, () => connect(request, target))
  return agent
}

function splitAuthorization(url: URL): { address: URL; authorization: string | undefined } {
  const { username, password } = url
  const address = new URL(url)
  address.username = ''
  address.password = ''
  if (username === '' && password === '') return { address, authorization: undefined }
  const credentials = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`
  return { address, authorization: `Basic ${Buffer.from(credentials).toString('base64')}` }
}

/**
 * Returns a function that tells the status with which the proxy refused the tunnel; undefined if it did not refuse. The
 * library passes a refusal on as if the host had answered, so the status is taken from its `proxyConnect` event.
 */
function refusedTunnel(request: ClientRequest): () => number | undefined {
  let status = 200
  request.once('proxyConnect', ({ statusCode }: { statusCode: number }) => {
    status = statusCode
  })
  return () => (status === 200 ? undefined : status)
}

/**
 * Connects through a proxy within the time limit, TLS to the target included. A request gets its socket only after
 * that, so if this fails, no byte of the request has been sent.
 */
async function establish(
  timeoutMs: number,
  isTls: boolean,
  connect: (signal: AbortSignal) => Promise<Socket>,
): Promise<Socket> {
  const limit = new AbortController()
  // Aborting this signal destroys the connection with an error. The library listens to that error only until the tunnel
  // exists, and later the error would end the process, so the signal is not aborted then.
  const connectLimit = new AbortController()
  let isConnected = false
  const deadline = startDeadline(timeoutMs, () => {
    if (!isConnected) connectLimit.abort()
    limit.abort()
  })
  const connecting = connect(connectLimit.signal)
  try {
    const socket = await raceAbort(connecting, limit.signal)
    isConnected = true
    if (isTls && socket instanceof TLSSocket) await once(socket, 'secureConnect', { signal: limit.signal })
    return socket
  } catch (error) {
    connecting.then(
      socket => socket.destroy(),
      () => {},
    )
    if (error instanceof ProxyConnectError) throw error
    throw new ProxyConnectError(limit.signal.aborted ? 'TIMEOUT' : readCode(error))
  } finally {
    deadline.clear()
  }
}

function readCode(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  return typeof code === 'string' && /^[A-Z_0-9]{2,50}$/.test(code) ? code : 'REFUSED'
}
