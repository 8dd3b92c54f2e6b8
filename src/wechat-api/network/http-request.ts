import type { ClientRequest, OutgoingHttpHeaders } from 'node:http'
import { request as requestHttps } from 'node:https'
import type { LookupFunction } from 'node:net'
import { startDeadline } from '../../util/deadline.js'
import { http } from '../../util/node-http.js'
import type { Agents } from './outgoing-network.js'

export interface HttpRequest {
  url: URL
  /** The agents that make or keep the connections to this address. */
  agents: Agents
  /** The HTTP method. @default 'GET' */
  method?: string
  /** Headers besides `accept`, `accept-encoding` and `user-agent`, which every request has. */
  headers?: OutgoingHttpHeaders
  lookup?: LookupFunction | undefined
  signal?: AbortSignal
}

/**
 * Makes a request of `node:http`; the caller sends its body. A redirect is not followed, and a compressed answer is not
 * asked for.
 */
export function createHttpRequest({
  url,
  agents,
  method,
  headers,
  lookup,
  signal,
}: HttpRequest): ClientRequest {
  const isHttps = url.protocol === 'https:'
  return (isHttps ? requestHttps : http.request)(url, {
    agent: isHttps ? agents.https : agents.http,
    headers: { accept: '*/*', 'accept-encoding': 'identity', 'user-agent': 'express-wechat', ...headers },
    ...(method !== undefined && { method }),
    ...(lookup && { lookup }),
    ...(signal && { signal }),
  })
}

/**
 * Calls `onTimeout` and destroys the request if there is no connection after this many milliseconds, TLS included. No
 * byte of the request has been sent by then.
 */
export function limitConnectTime(request: ClientRequest, timeoutMs: number, onTimeout: () => void): void {
  request.once('socket', socket => {
    // A socket that was kept alive, or came through a proxy, is connected already, so it needs no limit.
    if (!socket.connecting) return
    const { clear } = startDeadline(timeoutMs, () => {
      onTimeout()
      request.destroy()
    })
    socket.once(request.protocol === 'https:' ? 'secureConnect' : 'connect', clear).once('close', clear)
  })
}
