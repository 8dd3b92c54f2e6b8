import { isIPv4, isIPv6 } from 'node:net'

/**
 * The key under which failures of one client are counted: an IPv4 address, or the first 56 bits of an IPv6 address.
 * A provider assigns a network of that size to one customer, who can use any address in it. All spellings of one
 * address give the same key.
 */
export function clientKey(address: string | undefined): string {
  const [bare = ''] = (address ?? '').split('%')
  if (isIPv4(bare)) return bare
  if (!isIPv6(bare)) return 'unknown'
  const groups = expand(bare)
  const isMapped = groups.slice(0, 5).every(group => group === 0) && groups[5] === 0xffff
  if (isMapped) return groups.slice(6).flatMap(toBytes).join('.')
  return groups.flatMap(toBytes).slice(0, 7).join(':')
}

/** The eight groups of an IPv6 address in any notation. */
function expand(address: string): number[] {
  // The URL parser reads every notation and writes one normal form.
  const text = new URL(`http://[${address}]`).hostname.slice(1, -1)
  const [head = '', tail] = text.split('::')
  const first = parseGroups(head)
  const last = parseGroups(tail ?? '')
  return [...first, ...Array<number>(8 - first.length - last.length).fill(0), ...last]
}

function parseGroups(text: string): number[] {
  return text === '' ? [] : text.split(':').map(group => Number.parseInt(group, 16))
}

function toBytes(group: number): number[] {
  return [group >> 8, group & 0xff]
}
