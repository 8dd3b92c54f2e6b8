import { BlockList, isIPv6 } from 'node:net'
import { readIpLiteral } from './host.js'

export interface ProxyVariable {
  name: string
  text: string
}

/**
 * Reads the proxy for an address from the variables that Node.js and most tools know: `HTTPS_PROXY`, `HTTP_PROXY` and
 * `NO_PROXY`. A name in lower case has precedence. Returns undefined if no proxy is set, or `NO_PROXY` names the host.
 *
 * @see https://nodejs.org/api/http.html#built-in-proxy-support Built-in Proxy Support
 */
export function readProxyVariable(url: URL, environment: NodeJS.ProcessEnv): ProxyVariable | undefined {
  const variable = readVariable(url.protocol === 'https:' ? 'https_proxy' : 'http_proxy', environment)
  const exceptions = readVariable('no_proxy', environment)?.text ?? ''
  return variable && !isExcepted(url, exceptions) ? variable : undefined
}

function readVariable(name: string, environment: NodeJS.ProcessEnv): ProxyVariable | undefined {
  const found = [name, name.toUpperCase()].find(candidate => environment[candidate]?.trim())
  return found === undefined ? undefined : { name: found, text: environment[found]?.trim() ?? '' }
}

function isExcepted(url: URL, exceptions: string): boolean {
  const port = url.port || (url.protocol === 'https:' ? '443' : '80')
  return exceptions
    .toLowerCase()
    .split(/[\s,]+/)
    .filter(entry => entry !== '')
    .some(entry => entry === '*' || matchesEntry(url.hostname.toLowerCase(), port, entry))
}

/**
 * Whether an entry of `NO_PROXY` names the host: by a name, `.domain`, `*.domain`, an address, a range of addresses
 * `a-b` or a network `a/n`. `:port` may follow a name or an address.
 */
function matchesEntry(hostname: string, port: string, entry: string): boolean {
  const [, host = entry, entryPort] = /^(\[[^\]]*\]|[^:]+):(\d+)$/.exec(entry) ?? []
  if (entryPort !== undefined && entryPort !== port) return false
  const address = readIpLiteral(hostname)
  if (address !== undefined) return matchesAddress(address, host.replace(/^\[|\]$/g, ''))
  const suffix = host.replace(/^\*\./, '.')
  return suffix.startsWith('.') ? hostname.endsWith(suffix) : hostname === host
}

function matchesAddress(address: string, entry: string): boolean {
  const family = isIPv6(address) ? 'ipv6' : 'ipv4'
  const [, start = '', sign = '', end = ''] = /^([^-/]+)([-/]?)(.*)$/.exec(entry) ?? []
  const addresses = new BlockList()
  try {
    if (sign === '-') addresses.addRange(start, end, family)
    else if (sign === '/') addresses.addSubnet(start, Number(end), family)
    else addresses.addAddress(start, family)
  } catch {
    // An entry that is no address of this family, such as a name, does not match.
    return false
  }
  return addresses.check(address, family)
}
