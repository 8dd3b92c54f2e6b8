import { isIP } from 'node:net'
import type { Request, RequestHandler } from 'express'
import type { Platform } from '../platform/platform.js'
import { isLoopback } from '../protocol/loopback.js'

/**
 * Lets only this machine in: a name that was made to point at 127.0.0.1 is not ours (DNS rebinding), and neither is a
 * page from elsewhere that posts here (drive-by). Where other machines are allowed, plain addresses pass too, since
 * nobody can point those elsewhere.
 */
export function localhostOnly(platform: Platform): RequestHandler {
  return function onlyThisMachine(req, res, next) {
    const isLocalHost = isLocalAddress(platform, `http://${req.get('host') ?? ''}`)
    if (isLocalHost && isLocalOrigin(platform, req) && !isDriveBy(req)) return next()
    res.status(403).type('text/plain').send('The simulator answers only to this machine.')
  }
}

/** Changes need the key of this run, which no other page can know. */
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
  // Our own pages pass no referrer on, and so name no origin in what they post; a stranger's can't say same-origin.
  const isOwnForm = origin === 'null' && req.get('sec-fetch-site') === 'same-origin'
  return origin === undefined || isOwnForm || isLocalAddress(platform, origin)
}

/** A picture or a script of a foreign page comes without an Origin; a link that somebody follows is welcome. */
function isDriveBy(req: Request): boolean {
  return req.get('sec-fetch-site') === 'cross-site' && req.get('sec-fetch-mode') !== 'navigate'
}

/** Whether this is an address of this machine, by which nobody else can be meant. */
export function isLocalAddress({ allowInsecureHost }: Platform, address: string): boolean {
  if (!URL.canParse(address)) return false
  const { hostname } = new URL(address)
  return isLoopback(hostname) || (allowInsecureHost && isIP(hostname.replace(/^\[|\]$/g, '')) !== 0)
}
