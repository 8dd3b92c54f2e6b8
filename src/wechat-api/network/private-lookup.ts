import { lookup } from 'node:dns'
import type { LookupFunction } from 'node:net'
import { isPrivateAddress } from './host.js'

/**
 * Resolves a host name and fails if any of its addresses is public. Plain http carries the app secret, so a name that
 * was meant for the inner network must not lead out of it, whatever its DNS entry says later.
 */
export const privateLookup: LookupFunction = (hostname, options, callback) => {
  lookup(hostname, { ...options, all: true }, (error, addresses) => {
    const [first] = addresses ?? []
    if (error || !first) return callback(error ?? new Error('no address'), '', 0)
    if (!addresses.every(({ address }) => isPrivateAddress(address))) {
      return callback(
        Object.assign(new Error('a public address'), { code: 'PLAIN_HTTP_TO_PUBLIC_ADDRESS' }),
        '',
        0,
      )
    }
    if (options.all) callback(null, addresses)
    else callback(null, first.address, first.family)
  })
}
