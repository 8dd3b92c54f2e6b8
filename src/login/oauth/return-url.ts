import type { Request } from 'express'
import { requestError } from '../../errors/create-error.js'
import type { WechatRequestError } from '../../errors/errors.js'
import { MAX_URL_LENGTH, type PublicOrigin } from '../../http/origin/public-origin.js'

/**
 * Parses the page to which a login may return into an absolute URL that browsers and this server read alike.
 *
 * Browsers change some addresses: they drop tabs and line ends, turn `\` into `/`, and read `//host` as another
 * site. Such addresses are refused, and only the parsed form is sent out. Spaces are percent-encoded, as browsers do.
 *
 * @param base the origin of a page that is given as a path
 * @throws {WechatRequestError} 400 if browsers change the address, its origin is not allowed, or it is the login itself
 */
export function parseReturnUrl(
  publicOrigin: PublicOrigin,
  req: Request,
  page: string,
  base = publicOrigin.get(req),
): string {
  const text = page.replace(/[ \u3000]/g, encodeURIComponent)
  if (page === '' || page.length > MAX_URL_LENGTH) throw returnUrlError('no acceptable address')
  if (/[\s\\\p{Cc}]/u.test(text)) throw returnUrlError('characters that browsers change')
  if (!/^(?:\/(?!\/)|https?:\/\/)/i.test(text)) throw returnUrlError('neither a path nor a web address')

  const url = URL.parse(text, base)
  if (!url) throw returnUrlError('no acceptable address')
  if (url.username !== '' || url.password !== '') throw returnUrlError('a user name')
  if (!publicOrigin.isAllowed(req, url.origin)) {
    publicOrigin.warnAboutForeignOrigin(req, url.origin)
    throw returnUrlError('an origin that is not allowed')
  }
  if (url.href.length > MAX_URL_LENGTH) throw returnUrlError('too long')
  if (isLoginItself(publicOrigin, req, url, base)) throw returnUrlError('the login itself')
  return url.href
}

/** The page on which a phone confirms the login of a computer. It lies below the login, and begins none by itself. */
const SCAN_PAGE = /\/auth\/scan\/[A-Za-z0-9_-]{64}$/

/**
 * Whether a page is an address of the login: returning to it would begin the next login, without end.
 *
 * @param host the origin at which the login begins, if it is another host of this service
 */
export function isLoginItself(
  publicOrigin: PublicOrigin,
  req: Request,
  url: URL,
  host = publicOrigin.get(req),
): boolean {
  if (url.origin === publicOrigin.get(req) && SCAN_PAGE.test(url.pathname)) return false
  const loginPath = `${publicOrigin.basePath(req)}/auth/`.toLowerCase()
  const isOwnHost = url.origin === host || url.origin === publicOrigin.get(req)
  return isOwnHost && `${url.pathname.toLowerCase()}/`.startsWith(loginPath)
}

/**
 * Adds an empty fragment to an address without a fragment. Browsers would otherwise carry the login's
 * `#wechat_redirect` over to the page, where it breaks the page's routes and signatures.
 */
export function withFragment(href: string): string {
  return href.includes('#') ? href : `${href}#`
}

function returnUrlError(reason: string): WechatRequestError {
  return requestError('bad_return_url', `The page to return to is not acceptable: ${reason}`)
}
