import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { getClientKey } from '../../src/http/client-key.ts'

describe('getClientKey', () => {
  it('is the IPv4 address, in IPv6 form too', () => {
    expect(getClientKey('203.0.113.7')).toBe('203.0.113.7')
    expect(getClientKey('::ffff:203.0.113.7')).toBe('203.0.113.7')
    expect(getClientKey('::FFFF:cb00:7107')).toBe('203.0.113.7')
  })

  it('is one key for all addresses of a /56 network, and another for the next network', () => {
    const key = getClientKey('2001:db8:1:ff00::1')
    expect(getClientKey('2001:db8:1:ffff:ffff:ffff:ffff:ffff')).toBe(key)
    expect(getClientKey('2001:0DB8:0001:ff01:0:0:0:9%eth0')).toBe(key)
    expect(getClientKey('2001:db8:1:fe00::1')).not.toBe(key)
  })

  it.each([undefined, '', 'unknown', '1', '0x7f.1', '127.1', '_hidden', 'qq.com', '::1::'])(
    'is "unknown" for %s, which is no address',
    address => {
      expect(getClientKey(address)).toBe('unknown')
    },
  )

  it('never throws, and never mixes an IPv4 address up with another', () => {
    fc.assert(fc.property(fc.oneof(fc.string(), fc.ipV6()), text => typeof getClientKey(text) === 'string'))
    fc.assert(fc.property(fc.ipV4(), address => getClientKey(`::ffff:${address}`) === address))
  })
})
