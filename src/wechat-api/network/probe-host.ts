import { request as requestHttp } from 'node:http'
import { request as requestHttps } from 'node:https'
import type { OutgoingNetwork } from './outgoing-network.js'

/** Sends a HEAD without a secret. Any answer shows that the host is reachable. */
export async function probeHost(
  network: OutgoingNetwork,
  baseUrl: string,
  signal: AbortSignal,
): Promise<void> {
  const url = new URL('/', baseUrl)
  const isHttps = url.protocol === 'https:'
  const agents = await network.agentsFor(url, 'single')
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  const request = (isHttps ? requestHttps : requestHttp)(url, {
    method: 'HEAD',
    agent: isHttps ? agents.https : agents.http,
    headers: { 'user-agent': 'express-wechat' },
    signal,
  })
  request.once('response', response => {
    response.resume()
    resolve()
  })
  request.on('error', reject)
  request.end()
  return promise
}
