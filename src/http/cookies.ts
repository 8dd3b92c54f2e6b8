import { parseCookie } from 'cookie'
import type { Request } from 'express'
import { parseOnce } from '../util/parse-once.js'

/**
 * The cookies of a request by name, with their raw values: this package's own cookies need no decoding, and decoding
 * could fail on a value of other software.
 *
 * If a name comes more than once, its first value counts. Browsers send the cookie with the longest path first.
 */
export const readCookies: (req: Request) => ReadonlyMap<string, string> = parseOnce(
  req => req.headers.cookie ?? '',
  parseRawCookies,
)

function parseRawCookies(header: string): ReadonlyMap<string, string> {
  const cookies = parseCookie(header, { decode: rawValue => rawValue })
  return new Map(Object.entries(cookies).map(([name, value]) => [name, value ?? '']))
}
