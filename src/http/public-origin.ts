import type { Request } from 'express'
import { z } from 'zod'
import { WechatConfigError, WechatRequestError } from '../errors/errors.js'
import { warn } from '../errors/warn.js'

/** The longest page address, in characters, that is signed or returned to. */
export const MAX_URL_LENGTH = 2_048

export interface SiteOptions {
  /**
   * The address at which the router is reached from outside, mount path included, such as
   * `https://m.example.com/wechat`.
   * @default the environment's WECHAT_PUBLIC_URL, else the request's own address by Express's `trust proxy` rules
   */
  publicUrl?: string | undefined
  /**
   * Origins besides the page's own to which a login may return and whose pages may be signed, such as
   * `https://h5.example.com`. Exact ones: no patterns, no subdomains.
   * @default the environment's WECHAT_ALLOWED_ORIGINS (comma separated), else none
   */
  allowedOrigins?: readonly string[] | undefined
}

/** Where this service stands, as browsers see it, and which other origins it serves. */
export interface Site {
  /** Of the service as this request reached it: `https://m.example.com`. */
  origin(req: Request): string
  /** Of the router's mount as this request reached it: `/wechat`, or empty at the root. */
  basePath(req: Request): string
  isAllowedOrigin(req: Request, origin: string): boolean
}

export const siteOptionsShape = {
  publicUrl: z.string('must be a URL').optional(),
  allowedOrigins: z.array(z.string('must be an origin'), 'must be a list of origins').optional(),
}

/** @throws {WechatConfigError} naming the option, or the variable */
export function createSite(factory: string, options: SiteOptions): Site {
  const environment = process.env
  const publicUrl =
    options.publicUrl === undefined
      ? parsePublicUrl(factory, 'WECHAT_PUBLIC_URL', environment.WECHAT_PUBLIC_URL || undefined)
      : parsePublicUrl(factory, 'publicUrl', options.publicUrl)
  const allowedOrigins = new Set(
    options.allowedOrigins
      ? options.allowedOrigins.map(text => parseOrigin(factory, 'allowedOrigins', text))
      : splitList(environment.WECHAT_ALLOWED_ORIGINS).map(text =>
          parseOrigin(factory, 'WECHAT_ALLOWED_ORIGINS', text),
        ),
  )
  let warnsOfMissingPublicUrl = publicUrl === undefined && environment.NODE_ENV === 'production'

  function origin(req: Request): string {
    if (publicUrl) return publicUrl.origin
    if (warnsOfMissingPublicUrl) {
      warnsOfMissingPublicUrl = false
      warn(
        'no_public_url',
        `${factory}: no "publicUrl" (WECHAT_PUBLIC_URL) is set, so addresses are made from the Host header of requests`,
      )
    }
    return originOfRequest(req)
  }

  return {
    origin,
    basePath: req => (publicUrl ? publicUrl.pathname.replace(/\/+$/, '') : req.baseUrl),
    isAllowedOrigin: (req, candidate) => allowedOrigins.has(candidate) || candidate === origin(req),
  }
}

/**
 * A browser says from which page a request comes; one from a foreign page is refused.
 * @throws {WechatRequestError} 403
 */
export function assertOwnPage(site: Site, req: Request): void {
  const origin = req.get('origin')
  if (origin !== undefined && !site.isAllowedOrigin(req, origin)) {
    throw new WechatRequestError('the request comes from a page of an origin that is not allowed', {
      code: 'origin_not_allowed',
      status: 403,
      userMessage: '该页面的域名不在允许范围内',
    })
  }
}

/**
 * The origin as this request names it, by Express's `trust proxy` rules; with its port, which Express 4 leaves out.
 * @throws {WechatRequestError} 400
 */
export function originOfRequest(req: Request): string {
  const trust: unknown = req.app.get('trust proxy fn')
  const forwarded = req.get('x-forwarded-host')
  const isTrusted = typeof trust === 'function' && trust(req.socket.remoteAddress, 0) === true
  const host = (isTrusted && forwarded ? forwarded.split(',')[0]?.trim() : undefined) ?? req.get('host') ?? ''
  const url = /^[\w.:[\]-]+$/.test(host) ? URL.parse(`${req.protocol}://${host}`) : null
  if (!url) {
    throw new WechatRequestError('the Host header is no host', { code: 'bad_host', status: 400 })
  }
  return url.origin
}

function parsePublicUrl(factory: string, option: string, text: string | undefined): URL | undefined {
  if (text === undefined) return undefined
  const url = URL.parse(text)
  const isWeb = url?.protocol === 'https:' || url?.protocol === 'http:'
  if (!url || !isWeb || url.username || url.password || url.search || url.hash) {
    throw new WechatConfigError(
      `${factory}: "${option}" must be an address such as "https://m.example.com/wechat"${got(text)}`,
    )
  }
  return url
}

function parseOrigin(factory: string, option: string, text: string): string {
  const url = URL.parse(text)
  const isExact = url?.origin === text.replace(/\/$/, '') && !text.includes('*')
  if (!url || !/^https?:$/.test(url.protocol) || !isExact) {
    throw new WechatConfigError(
      `${factory}: "${option}" must be origins such as "https://m.example.com"${got(text)}`,
    )
  }
  return url.origin
}

/** An address with a user name may hold a password, which no message repeats. */
function got(text: string): string {
  return text.includes('@') ? '' : `, got "${text}"`
}

function splitList(text: string | undefined): string[] {
  return (text ?? '')
    .split(',')
    .map(part => part.trim())
    .filter(part => part !== '')
}
