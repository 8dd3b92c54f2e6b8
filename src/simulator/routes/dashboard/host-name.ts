import type { Request, RequestHandler } from 'express'
import { isLoopback } from '../../protocol/loopback.js'
import { readQuery } from '../api/endpoint.js'

/**
 * Redirects the phone to the same address under the page's host name, if both names mean this machine. For browsers,
 * `localhost` and `127.0.0.1` are two sites: a page of one gets no cookies in a frame of the other, so logins would fail.
 */
export function underNameOfPage(parameter: 'url' | 'redirect_uri'): RequestHandler {
  return function sameHostName(req, res, next) {
    const name = nameOfPage(req, parameter)
    const own = URL.parse(`http://${req.get('host') ?? ''}`)
    if (!own || name === undefined || name === own.hostname || !isLoopback(own.hostname)) return next()
    own.hostname = name
    res.set('Cache-Control', 'no-store').redirect(302, `${own.origin}${req.originalUrl}`)
  }
}

/** Whether a browser loads this answer into a frame, as the phone does with the pages of a login. */
export function isForFrame(req: Request): boolean {
  return req.get('sec-fetch-dest') === 'iframe'
}

/** The page's host name if it means this machine. `[::1]` is left out, because the simulator listens on IPv4. */
function nameOfPage(req: Request, parameter: string): string | undefined {
  const page = URL.parse(readQuery(req).get(parameter) ?? '')
  return page && isLoopback(page.hostname) && page.hostname !== '[::1]' ? page.hostname : undefined
}
