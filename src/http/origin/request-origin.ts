import type { Request } from 'express'
import { requestError } from '../../errors/create-error.js'

/**
 * What this request says about the address that the browser shows: its origin, and the path prefix that a proxy
 * stripped. Headers of proxies count only by Express's `trust proxy` rules, or by an option of their own.
 */

/**
 * The origin that this request names, by Express's `trust proxy` rules. It has its port, which `req.hostname` of
 * Express 4 leaves out.
 * @throws {WechatRequestError} 400 if the headers name no host, or a scheme other than http and https
 */
export function readRequestOrigin(req: Request): string {
  return parseRequestAddress(readRequestAddress(req))
}

/**
 * Like {@link readRequestOrigin}, but parses an address only if it is not the last one. Almost all requests of a process
 * name one address, and parsing it costs more than all other checks of a page URL.
 */
export function createOriginReader(): (req: Request) => string {
  let last = { address: '', origin: '' }
  return function readOrigin(req) {
    const address = readRequestAddress(req)
    if (address !== last.address) last = { address, origin: parseRequestAddress(address) }
    return last.origin
  }
}

/** Like {@link readRequestOrigin}, but returns undefined instead of throwing. */
export function findRequestOrigin(req: Request): string | undefined {
  try {
    return readRequestOrigin(req)
  } catch {
    return undefined
  }
}

/** Whether a trusted proxy says that the browser came by plain http. False without a trusted `X-Forwarded-Proto`. */
export function isKnownPlainHttp(req: Request): boolean {
  const forwarded = isProxyTrusted(req) ? req.get('x-forwarded-proto') : undefined
  return forwarded?.split(',')[0]?.trim().toLowerCase() === 'http'
}

/** The form of a path prefix: path segments of unreserved characters, none of them `.` or `..`. */
export const PATH_PREFIX = /^(?:\/(?!\.{1,2}(?:\/|$))[A-Za-z0-9._~-]+)+$/

const MAX_PREFIX_LENGTH = 256

/** The path prefix of the `X-Forwarded-Prefix` header; undefined if the header is missing or not acceptable. */
export function readForwardedPrefix(req: Request): string | undefined {
  const prefix = req.get('x-forwarded-prefix') ?? ''
  return prefix.length <= MAX_PREFIX_LENGTH && PATH_PREFIX.test(prefix) ? prefix : undefined
}

function readRequestAddress(req: Request): string {
  const forwarded = isProxyTrusted(req) ? req.get('x-forwarded-host') : undefined
  const host = forwarded?.split(',')[0]?.trim() || (req.get('host') ?? '')
  return `${readScheme(req)}://${host}`
}

function parseRequestAddress(address: string): string {
  const url = /^https?:\/\/[\w.:[\]-]+$/.test(address) ? URL.parse(address) : null
  if (!url) throw requestError('bad_host')
  return url.origin
}

/** Accepts http and https only: Express passes on any text of `X-Forwarded-Proto`, and an address is made from it. */
function readScheme(req: Request): string {
  const scheme = req.protocol.toLowerCase()
  if (scheme !== 'http' && scheme !== 'https') throw requestError('bad_forwarded_proto')
  return scheme
}

function isProxyTrusted(req: Request): boolean {
  const trust: unknown = req.app.get('trust proxy fn')
  return typeof trust === 'function' && trust(req.socket.remoteAddress, 0) === true
}
