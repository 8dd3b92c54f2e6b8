import { lookup } from 'node:dns'
import { BlockList, isIPv6, type LookupFunction } from 'node:net'
import { WechatRequestError } from '../../errors/errors.js'

/**
 * Addresses inside machines and networks. One that a public name leads to is somebody's trick. IPv4 addresses count
 * in their IPv6 spelling, too.
 */
const inside = new BlockList()
for (const [network, prefix] of [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.168.0.0', 16],
  ['224.0.0.0', 4],
  ['240.0.0.0', 4],
] as const) {
  inside.addSubnet(network, prefix, 'ipv4')
}
for (const [network, prefix] of [
  ['::', 96],
  ['64:ff9b::', 96],
  ['fc00::', 7],
  ['fe80::', 10],
  ['ff00::', 8],
] as const) {
  inside.addSubnet(network, prefix, 'ipv6')
}

export function isInsideAddress(address: string): boolean {
  return inside.check(address, isIPv6(address) ? 'ipv6' : 'ipv4')
}

/**
 * Resolves a name for a connection, and refuses it where any of its addresses is inside. The connection is made to
 * what was checked, so that a name can't change in between.
 */
export const lookupPublic: LookupFunction = (hostname, options, callback) => {
  lookup(hostname, { ...options, all: true }, (error, addresses) => {
    const [first] = addresses ?? []
    if (error || !first) return callback(error ?? new Error('no address'), '', 0)
    if (addresses.some(({ address }) => isInsideAddress(address))) {
      return callback(videoAddressError('leads to an address inside a network'), '', 0)
    }
    if (options.all) callback(null, addresses)
    else callback(null, first.address, first.family)
  })
}

export function videoAddressError(detail: string): WechatRequestError {
  return new WechatRequestError(`the address of the video ${detail}`, {
    code: 'media_video_address',
    status: 415,
    userMessage: '不支持的视频地址',
  })
}
