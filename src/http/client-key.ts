import { isIP } from 'node:net'
import ipaddr from 'ipaddr.js'

/** An IPv6 customer usually gets a /56 network and can use any address in it, so these first bytes are the key. */
const CUSTOMER_NETWORK_BYTES = 56 / 8

/**
 * Returns the key under which requests of one client are counted: the IPv4 address, or the /56 network of the IPv6
 * address. All spellings of an address give the same key; an IPv4 address in IPv6 form gives the IPv4 address.
 */
export function getClientKey(address: string | undefined): string {
  const [bareAddress = ''] = (address ?? '').split('%')
  // `isIP` decides first, because ipaddr.js also accepts "1" and "0x7f.1", which no socket reports.
  if (isIP(bareAddress) === 0) return 'unknown'
  const parsed = ipaddr.process(bareAddress)
  if (parsed.kind() === 'ipv4') return parsed.toString()
  return parsed.toByteArray().slice(0, CUSTOMER_NETWORK_BYTES).join(':')
}
