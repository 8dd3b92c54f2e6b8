import { parseCookie } from 'cookie'
import type { Request } from 'express'

/**
 * The cookies of a request by name, with their raw values: this package's own cookies need no decoding, and values
 * of other software must not make it fail.
 *
 * If a name comes more than once, its first value counts. Browsers send the cookie with the longest path first.
 */
export function readCookies(req: Request): ReadonlyMap<string, string> {
  const cookies = parseCookie(req.headers.cookie ?? '', { decode: rawValue => rawValue })
  return new Map(Object.entries(cookies).map(([name, value]) => [name, value ?? '']))
}
