import { lookup } from 'node:dns'
import { isIP, type LookupFunction } from 'node:net'
import ipaddr from 'ipaddr.js'
import { requestError } from '../../errors/create-error.js'
import type { WechatRequestError } from '../../errors/errors.js'

/**
 * The block from which IANA allocates all public IPv6 addresses. It is checked besides, because ipaddr.js calls each
 * range for which it has no name "unicast".
 */
const GLOBAL_UNICAST = ipaddr.IPv6.parseCIDR('2000::/3')

/**
 * Resolves a host name for a connection and fails if any of its addresses is not public. The connection is made to
 * the addresses that were checked, so that a second DNS answer cannot replace them.
 */
export const ssrfSafeLookup: LookupFunction = (hostname, options, callback) => {
  lookup(hostname, { ...options, all: true }, (error, addresses) => {
    const [first] = addresses ?? []
    if (error || !first) return callback(error ?? new Error('no address'), '', 0)
    if (!addresses.every(({ address }) => isPublicAddress(address))) {
      return callback(videoAddressError('leads to an address inside a network'), '', 0)
    }
    if (options.all) callback(null, addresses)
    else callback(null, first.address, first.family)
  })
}

/**
 * Whether an address is reachable on the public internet. An IPv4 address in IPv6 form (`::ffff:a.b.c.d`) counts as
 * the IPv4 address. Translated and tunnelled forms (NAT64, 6to4, Teredo) are not public, since they hide an IPv4
 * address that the translator may reach inside its network.
 */
export function isPublicAddress(text: string): boolean {
  // `isIP` decides first, because ipaddr.js also accepts short and hexadecimal forms such as "127.1".
  if (isIP(text) === 0) return false
  const address = ipaddr.process(text)
  if (address.range() !== 'unicast') return false
  return address.kind() === 'ipv4' || address.match(GLOBAL_UNICAST)
}

export function videoAddressError(detail: string): WechatRequestError {
  return requestError('media_video_address', `The address of the video ${detail}`)
}
