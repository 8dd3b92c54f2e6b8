import { createHttpRequest } from './http-request.js'
import type { OutgoingNetwork } from './outgoing-network.js'

/** Sends a HEAD request without a secret. Any answer shows that the host is reachable; without one, this rejects. */
export async function probeHost(
  network: OutgoingNetwork,
  baseUrl: string,
  signal: AbortSignal,
): Promise<void> {
  const url = new URL('/', baseUrl)
  const agents = await network.agentsFor(url, 'single')
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  const request = createHttpRequest({ url, agents, method: 'HEAD', signal })
  request.once('response', response => {
    response.resume()
    resolve()
  })
  request.on('error', reject)
  request.end()
  return promise
}
