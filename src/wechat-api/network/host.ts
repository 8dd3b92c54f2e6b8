import { isIP } from 'node:net'
import ipaddr from 'ipaddr.js'

/** Whether a URL's `hostname` is this machine itself, whose connections use no proxy and need no TLS. */
export function isLoopbackHost(hostname: string): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || /^127\.\d+\.\d+\.\d+$/.test(hostname)
}

/** The IP address in a URL's `hostname`, without the brackets of IPv6; undefined if the host is a name. */
export function readIpLiteral(hostname: string): string | undefined {
  const address = hostname.replace(/^\[|\]$/g, '')
  return isIP(address) === 0 ? undefined : address
}

/** The ranges of addresses, by their names in ipaddr.js, that routers of the public internet do not forward. */
const PRIVATE_RANGES: readonly string[] = [
  'loopback',
  'private',
  'uniqueLocal',
  'linkLocal',
  'carrierGradeNat',
]

export function isPrivateAddress(address: string): boolean {
  return isIP(address) !== 0 && PRIVATE_RANGES.includes(ipaddr.process(address).range())
}
