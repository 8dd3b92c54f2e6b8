import { isIP } from 'node:net'
import type { NextFunction, Request, RequestHandler, Response } from 'express'
import type { Platform } from '../platform/platform.js'
import { isLoopback } from '../protocol/loopback.js'

/**
 * Answers only requests of this machine. It refuses a foreign host name that resolves to 127.0.0.1 (DNS rebinding), and
 * a request that a page of another site makes (drive-by). If other machines are allowed, it accepts IP addresses as
 * hosts too, because DNS can't redirect those.
 */
export function localhostOnly(platform: Platform): RequestHandler {
  return function onlyThisMachine(req, res, next) {
    const isLocalHost = isLocalAddress(platform, `http://${req.get('host') ?? ''}`)
    if (isLocalHost && isLocalOrigin(platform, req) && !isDriveBy(req)) return next()
    res.status(403).type('text/plain').send('The simulator answers only to this machine.')
  }
}

/**
 * Answers no page and no API under the name of another host. With `allowInsecureHost` the API of the platform is left
 * open: a container calls it by the name of a service, and it demands the account's secret or a token.
 */
export function ownHostsOnly(platform: Platform): RequestHandler {
  return function onlyOwnHosts(req, res, next) {
    if (isLocalAddress(platform, `http://${req.get('host') ?? ''}`)) return next()
    if (platform.allowInsecureHost && /^\/(?:cgi-bin|sns)\//.test(req.path)) return next()
    res.status(403).type('text/plain').send('The simulator answers only to this machine.')
  }
}

/**
 * Demands that the request comes from a page of the simulator itself: a page of another port of this machine is not
 * enough.
 */
export function requireOwnOrigin(req: Request, res: Response, next: NextFunction): void {
  if (req.get('origin') === `${req.protocol}://${req.get('host') ?? ''}`) next()
  else res.status(403).json({ error: 'Only the dashboard may ask this.' })
}

/** Demands the key of this run for every request that changes something. Pages of other sites can't know it. */
export function requireControlKey(platform: Platform): RequestHandler {
  return function onlyWithKey(req, res, next) {
    if (req.method === 'GET' || req.method === 'HEAD' || req.get('x-simulator-key') === platform.controlKey) {
      return next()
    }
    res.status(401).json({ error: 'Send the key of this run as X-Simulator-Key.' })
  }
}

function isLocalOrigin(platform: Platform, req: Request): boolean {
  const origin = req.get('origin')
  // The simulator's own pages send no referrer, so their forms have the origin "null". The browser sets
  // `Sec-Fetch-Site`, so a page of another site can't claim to be of the same origin.
  const isOwnForm = origin === 'null' && req.get('sec-fetch-site') === 'same-origin'
  return origin === undefined || isOwnForm || isLocalAddress(platform, origin)
}

/**
 * Whether a page of another site loads this address as a picture or a script, which browsers do without an Origin.
 * A link that the user follows does not count.
 */
function isDriveBy(req: Request): boolean {
  return req.get('sec-fetch-site') === 'cross-site' && req.get('sec-fetch-mode') !== 'navigate'
}

/** Whether the address always means this machine. With `allowInsecureHost`, any IP address is accepted too. */
export function isLocalAddress({ allowInsecureHost }: Platform, address: string): boolean {
  if (!URL.canParse(address)) return false
  const { hostname } = new URL(address)
  return isLoopback(hostname) || (allowInsecureHost && isIP(hostname.replace(/^\[|\]$/g, '')) !== 0)
}
