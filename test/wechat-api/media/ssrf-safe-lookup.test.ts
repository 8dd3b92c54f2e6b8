import type { LookupAddress, LookupOptions } from 'node:dns'
import { isIP } from 'node:net'
import fc from 'fast-check'
import { describe, expect, it, vi } from 'vitest'
import { isPublicAddress, ssrfSafeLookup } from '../../../src/wechat-api/media/ssrf-safe-lookup.ts'

/** What DNS says of the names of this file; other names are resolved as always. */
const records: Record<string, string[]> = {
  'mixed.example': ['183.3.226.35', '10.0.0.1'],
  'empty.example': [],
  'public.example': ['183.3.226.35', '240e:ff:e020::1'],
}

vi.mock('node:dns', async importOriginal => {
  const dns = await importOriginal<typeof import('node:dns')>()
  const lookup = (
    hostname: string,
    options: LookupOptions,
    callback: Parameters<typeof ssrfSafeLookup>[2],
  ) => {
    const addresses = records[hostname]
    if (hostname === 'failing.example')
      callback(Object.assign(new Error('no DNS'), { code: 'ENOTFOUND' }), '')
    else if (addresses)
      callback(
        null,
        addresses.map(address => ({ address, family: isIP(address) })),
      )
    else dns.lookup(hostname, options, callback)
  }
  return { ...dns, lookup }
})

describe('isPublicAddress', () => {
  it.each([
    ['loopback', ['127.0.0.1', '127.255.255.255', '::1', '::127.0.0.1']],
    ['private', ['10.1.2.3', '172.16.0.0', '172.31.255.255', '192.168.0.1', 'fd00::1', 'fc00::1']],
    ['link-local', ['169.254.169.254', 'fe80::1', 'febf::1']],
    ['site-local', ['fec0::1', 'feff::1']],
    ['carrier-grade NAT', ['100.64.0.0', '100.100.100.200', '100.127.255.255']],
    ['multicast or broadcast', ['224.0.0.1', '239.255.255.255', '255.255.255.255', 'ff02::1']],
    ['unspecified', ['0.0.0.0', '0.1.2.3', '::']],
    ['reserved', ['240.0.0.1', '192.0.0.8', '192.88.99.1', '4000::1', 'e000::1', '100::1', '5f00::1']],
    ['for documentation', ['192.0.2.1', '198.51.100.1', '203.0.113.1', '2001:db8::1', '3fff::1']],
    ['for benchmarks', ['198.18.0.1', '198.19.255.255', '2001:2::1']],
    ['translated from IPv4', ['64:ff9b::7f00:1', '64:ff9b::808:808', '64:ff9b:1::1', '::ffff:0:127.0.0.1']],
    ['tunnelled', ['2002:7f00:1::1', '2002:808:808::1', '2001::1']],
    ['IPv4 in IPv6 form', ['::ffff:10.0.0.1', '::ffff:7f00:1', '0:0:0:0:0:ffff:a9fe:a9fe']],
    ['no address', ['', 'qq.com', '1.2.3', '999.1.1.1', ':::']],
  ])('refuses addresses that are %s', (_kind, addresses) => {
    expect(addresses.filter(isPublicAddress)).toEqual([])
  })

  it.each([
    ['183.3.226.35'],
    ['8.8.8.8'],
    ['172.15.255.255'],
    ['172.32.0.1'],
    ['100.63.255.255'],
    ['100.128.0.0'],
    ['198.17.255.255'],
    ['198.20.0.0'],
    ['223.255.255.255'],
    ['::ffff:8.8.8.8'],
    ['2402:4e00::1'],
    ['240e:ff:e020::1'],
    ['2001:db7:ffff::1'],
  ])('accepts %s', address => {
    expect(isPublicAddress(address)).toBe(true)
  })

  it('judges an IPv4 address in IPv6 form as the IPv4 address', () => {
    fc.assert(
      fc.property(fc.ipV4(), address => isPublicAddress(`::ffff:${address}`) === isPublicAddress(address)),
      { numRuns: 1_000 },
    )
  })
})

describe('ssrfSafeLookup', () => {
  const resolve = (hostname: string, options: LookupOptions) => {
    const { promise, resolve, reject } = Promise.withResolvers<string | LookupAddress[]>()
    ssrfSafeLookup(hostname, options, (error, address) => (error ? reject(error) : resolve(address)))
    return promise
  }

  it.each([{}, { all: true }])('fails for a name that leads to loopback (options %j)', async options => {
    await expect(resolve('localhost', options)).rejects.toMatchObject({
      code: 'media_video_address',
      message: expect.stringContaining('The address of the video leads to an address inside a network'),
    })
  })

  it('fails if only one of the addresses is inside a network', async () => {
    await expect(resolve('mixed.example', {})).rejects.toMatchObject({ code: 'media_video_address' })
  })

  it('gives the first of several public addresses, or all of them', async () => {
    expect(await resolve('public.example', {})).toBe('183.3.226.35')
    expect(await resolve('public.example', { all: true })).toHaveLength(2)
  })

  it('fails as DNS fails, and for a name without an address', async () => {
    await expect(resolve('failing.example', {})).rejects.toMatchObject({ code: 'ENOTFOUND' })
    await expect(resolve('empty.example', {})).rejects.toThrow('no address')
  })

  it('gives the addresses that it checked in the form that was asked for', async () => {
    expect(await resolve('8.8.8.8', {})).toBe('8.8.8.8')
    expect(await resolve('8.8.8.8', { all: true })).toEqual([{ address: '8.8.8.8', family: 4 }])
  })
})
