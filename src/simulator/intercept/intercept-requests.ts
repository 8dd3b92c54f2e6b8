import http, { type RequestOptions } from 'node:http'
import https from 'node:https'
import { syncBuiltinESMExports } from 'node:module'
import { urlToHttpOptions } from 'node:url'
import { atSimulator, isWechatHost } from './wechat-hosts.js'

type Arguments = [input: string | URL | RequestOptions, ...rest: unknown[]]

/** Makes `http`, `https` and `fetch` send requests for WeChat's hosts to the simulator. Other requests do not change. */
export function interceptRequests(simulatorUrl: string): void {
  const simulator = new URL(simulatorUrl)
  for (const module of [http, https]) {
    const { request, get } = module
    const intercepted = (original: typeof request, plain: typeof request) =>
      function request(this: unknown, ...args: Arguments): http.ClientRequest {
        const { options, callback } = readArguments(args)
        const isWechat = isWechatHost(options.hostname ?? options.host?.replace(/:\d+$/, ''))
        if (!isWechat) return Reflect.apply(original, this, args)
        return plain(toSimulator(options, simulator), callback)
      }
    module.request = intercepted(request, plainRequest)
    module.get = intercepted(get, plainGet)
  }
  // Modules that imported the functions by name get the new ones too.
  syncBuiltinESMExports()

  const originalFetch = globalThis.fetch
  globalThis.fetch = function fetch(input, init) {
    const address = atSimulator(input instanceof Request ? input.url : String(input), simulatorUrl)
    if (address === undefined) return originalFetch(input, init)
    return originalFetch(input instanceof Request ? new Request(address, input) : address, init)
  }
}

const plainRequest = http.request
const plainGet = http.get

/** Reads the arguments of `request`, which may begin with a URL, with options, or with both. */
function readArguments([input, ...rest]: Arguments) {
  const isAddress = typeof input === 'string' || input instanceof URL
  const address = isAddress ? URL.parse(String(input)) : null
  const given = isAddress ? rest.find(value => typeof value === 'object' && value !== null) : input
  const options: RequestOptions = { ...(address && urlToHttpOptions(address)), ...(given as RequestOptions) }
  const callback = rest.find(value => typeof value === 'function') as
    | ((response: http.IncomingMessage) => void)
    | undefined
  return { options, callback }
}

function toSimulator(options: RequestOptions, simulator: URL): RequestOptions {
  // Agent, connection, port and server name are left out: made for https, they can't reach the simulator's plain http.
  const {
    agent: _agent,
    createConnection: _create,
    defaultPort: _default,
    servername: _name,
    ...kept
  } = options as RequestOptions & { servername?: string }
  return {
    ...kept,
    protocol: simulator.protocol,
    hostname: simulator.hostname,
    host: simulator.hostname,
    port: simulator.port,
    headers: withoutHost(options.headers),
  }
}

/** Removes the Host header, because the simulator refuses a host name that is not of this machine. */
function withoutHost(headers: RequestOptions['headers']): RequestOptions['headers'] {
  if (!headers || Array.isArray(headers)) return headers
  return Object.fromEntries(Object.entries(headers).filter(([name]) => name.toLowerCase() !== 'host'))
}
