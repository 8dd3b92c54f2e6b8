import type { Request } from 'express'
import { WechatRequestError } from '../errors/errors.js'
import { MAX_URL_LENGTH, type Site } from '../http/public-origin.js'

/**
 * The page that a login may return to, as an absolute URL that browsers and this server read alike.
 *
 * Browsers mend addresses: they drop tabs and line ends, turn `\` into `/`, and read `//host` as another site. So
 * what is mended is refused, and only the parsed form ever leaves.
 *
 * @throws {WechatRequestError} 400
 */
export function parseReturnUrl(site: Site, req: Request, text: string): string {
  if (text === '' || text.length > MAX_URL_LENGTH) throw refuse('no acceptable address')
  if (/[\s\\\p{Cc}]/u.test(text)) throw refuse('characters that browsers would mend')
  if (!/^(?:\/(?!\/)|https?:\/\/)/i.test(text)) throw refuse('neither a path nor a web address')

  const url = URL.parse(text, site.origin(req))
  if (!url) throw refuse('no acceptable address')
  if (url.username !== '' || url.password !== '') throw refuse('a user name')
  if (!site.isAllowedOrigin(req, url.origin)) throw refuse('an origin that is not allowed')
  if (url.href.length > MAX_URL_LENGTH) throw refuse('too long')

  if (isLoginItself(site, req, url)) throw refuse('the login itself')
  return url.href
}

/** Returning there would begin the next login, and so on for ever. */
export function isLoginItself(site: Site, req: Request, url: URL): boolean {
  const loginPath = `${site.basePath(req)}/auth/`.toLowerCase()
  return url.origin === site.origin(req) && `${url.pathname.toLowerCase()}/`.startsWith(loginPath)
}

/**
 * With an empty fragment where there is none: browsers would carry the login's `#wechat_redirect` over, and with
 * it break the page's own routes and signatures.
 */
export function withFragment(href: string): string {
  return href.includes('#') ? href : `${href}#`
}

function refuse(reason: string): WechatRequestError {
  return new WechatRequestError(`the page to return to is not acceptable: ${reason}`, {
    code: 'bad_return_url',
    status: 400,
    userMessage: '返回地址不正确',
  })
}
