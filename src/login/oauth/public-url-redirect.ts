import type { Request, Response } from 'express'
import type { PublicOrigin } from '../../http/origin/public-origin.js'
import { readFirstQueryValue, readQuery } from '../../http/request.js'
import { redirect } from '../../http/respond.js'
import { noteOutcome } from '../../util/debug-request.js'
import { MODE_PARAMETERS, readMode } from '../silent/login-mode.js'
import { parseReturnUrl } from './return-url.js'

/** The query parameter of a login that was redirected to `publicUrl`, so that it is not redirected again. */
const MARK = 'wechat-hop'

/** The HTTP servers that have redirected a login to `publicUrl`, each with the origins of its router. */
const redirectingServers = new WeakMap<object, PublicOrigin>()

/**
 * Redirects a login that begins at another host of this service to the login at `publicUrl`, since the cookies of a
 * login are bound to a host, and WeChat returns to `publicUrl`. The page to return to becomes absolute. A login is
 * redirected at most once, because a proxy that rewrites the Host header can make each request look like one to another
 * host.
 *
 * @param subpath the path below `/auth` at which the login begins
 * @returns whether the request was answered with the redirect
 * @throws {WechatRequestError} 400 if the page is not acceptable
 */
export function redirectToPublicUrl(
  publicOrigin: PublicOrigin,
  req: Request,
  res: Response,
  subpath = '',
): boolean {
  const otherHost = publicOrigin.findOtherHost(req)
  if (otherHost === undefined || readFirstQueryValue(req, MARK) !== undefined) return false
  const page = readQuery(req, 'state') ?? ''
  const scope = readQuery(req, 'scope')
  const query = new URLSearchParams()
  if (page !== '') query.set('state', parseReturnUrl(publicOrigin, req, page, otherHost))
  if (scope !== undefined) query.set('scope', scope)
  const parameter = MODE_PARAMETERS[readMode(req)]
  if (parameter) query.set(parameter.name, '1')
  query.set(MARK, '1')
  redirectingServers.set(getServer(req), publicOrigin)
  noteOutcome(req, 'redirected to the login at publicUrl')
  redirect(res, `${publicOrigin.get(req)}${publicOrigin.basePath(req)}/auth${subpath}?${query}`)
  return true
}

/**
 * Whether a login that begins at the host of this request is redirected to `publicUrl`; false until the server has
 * redirected one. The login's cookies then belong to another host, so a guard counts attempts in the page's address.
 */
export function isRedirectedToPublicUrl(req: Request): boolean {
  return redirectingServers.get(getServer(req))?.findOtherHost(req) !== undefined
}

/** Returns the request's HTTP server: the router and the guard can be in different apps, but they share the server. */
function getServer(req: Request): object {
  const { server } = req.socket as { server?: object }
  return server ?? req.socket
}
