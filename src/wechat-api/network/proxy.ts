import { createRequire } from 'node:module'
import { Secret } from '../../util/secret.js'

export interface ProxyServer {
  kind: 'http' | 'socks'
  /** The proxy's whole address, which can hold a password. */
  url: Secret
}

const HTTP_PROTOCOLS: readonly string[] = ['http:', 'https:']
const SOCKS_PROTOCOLS: readonly string[] = ['socks:', 'socks4:', 'socks4a:', 'socks5:', 'socks5h:']

const PROXY_COMPLAINT =
  'must be a proxy such as "http://user:password@proxy.example:3128", https://… or socks5h://…'

/**
 * Parses the address of a proxy. `host:port` alone is an http proxy, as in curl and Node.js.
 * @returns the proxy, or what is wrong, in a text without the address
 */
export function parseProxy(text: string): ProxyServer | string {
  const url = URL.parse(/^[\w.-]+:\d+$/.test(text) ? `http://${text}` : text)
  if (!url?.hostname || !/^\/?$/.test(url.pathname) || url.search || url.hash || !isDecodable(url)) {
    return PROXY_COMPLAINT
  }
  if (HTTP_PROTOCOLS.includes(url.protocol)) return { kind: 'http', url: new Secret(url.href) }
  if (!SOCKS_PROTOCOLS.includes(url.protocol)) return PROXY_COMPLAINT
  if (!isInstalled('socks-proxy-agent'))
    return 'is a SOCKS proxy, which needs "npm install socks-proxy-agent"'
  return { kind: 'socks', url: new Secret(url.href) }
}

function isDecodable({ username, password }: URL): boolean {
  try {
    decodeURIComponent(username + password)
    return true
  } catch {
    return false
  }
}

function isInstalled(packageName: string): boolean {
  try {
    createRequire(import.meta.url).resolve(packageName)
    return true
  } catch {
    return false
  }
}
