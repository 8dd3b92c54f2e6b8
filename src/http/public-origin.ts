import type { Request } from 'express'
import { z } from 'zod'
import { optionError, requestError } from '../errors/create-error.js'
import { warn } from '../errors/warn.js'

/** The greatest length of a page address, in characters, that is signed or returned to. */
export const MAX_URL_LENGTH = 2_048

export interface WechatOriginOptions {
  /**
   * The address at which the router is reached from outside, mount path included, such as
   * `https://m.example.com/wechat`.
   * @default the environment's WECHAT_PUBLIC_URL, else the request's own address by Express's `trust proxy` rules
   */
  publicUrl?: string | undefined
  /**
   * Origins besides this service's own to which a login may return and whose pages may be signed, such as
   * `https://h5.example.com`. Each entry is one exact origin; patterns and subdomains are not supported.
   * @default the environment's WECHAT_ALLOWED_ORIGINS (comma separated), else none
   */
  allowedOrigins?: readonly string[] | undefined
}

/** The address of this service as browsers see it, and the other origins that it serves. */
export interface PublicOrigin {
  /** The service's origin for this request, such as `https://m.example.com`. */
  get(req: Request): string
  /** The path of the router's mount for this request, such as `/wechat`; empty at the root. */
  basePath(req: Request): string
  /** Whether the service is reached over https, so that its cookies can be `Secure`. */
  isSecure(req: Request): boolean
  /** Whether an origin is the service's own for this request, or one of `allowedOrigins`. */
  isAllowed(req: Request, origin: string): boolean
}

export const originOptionsShape = {
  publicUrl: z.string('must be a URL').optional(),
  allowedOrigins: z.array(z.string('must be an origin'), 'must be a list of origins').optional(),
}

/** @throws {WechatConfigError} naming the option, or the variable */
export function createPublicOrigin(factory: string, options: WechatOriginOptions): PublicOrigin {
  const publicUrl = readPublicUrl(factory, options.publicUrl)
  const allowedOrigins = readAllowedOrigins(factory, options.allowedOrigins)
  let mustWarn = publicUrl === undefined && process.env.NODE_ENV === 'production'

  function getOrigin(req: Request): string {
    if (publicUrl) return publicUrl.origin
    if (mustWarn) {
      mustWarn = false
      warn(
        'no_public_url',
        `${factory}: no "publicUrl" (WECHAT_PUBLIC_URL) is set, so addresses are made from the Host header of requests`,
      )
    }
    return readRequestOrigin(req)
  }

  return {
    get: getOrigin,
    basePath: req => (publicUrl ? publicUrl.pathname.replace(/\/+$/, '') : req.baseUrl),
    isSecure: req => getOrigin(req).startsWith('https:'),
    isAllowed: (req, origin) => allowedOrigins.has(origin) || origin === getOrigin(req),
  }
}

/**
 * Refuses a request that a page of a foreign origin sends. Browsers name the page's origin in the `Origin` header.
 * @throws {WechatRequestError} 403
 */
export function assertOwnPage(publicOrigin: PublicOrigin, req: Request): void {
  const origin = req.get('origin')
  if (origin !== undefined && !publicOrigin.isAllowed(req, origin)) throw requestError('origin_not_allowed')
}

/**
 * The origin that this request names, by Express's `trust proxy` rules. It has its port, which `req.hostname` of
 * Express 4 leaves out.
 * @throws {WechatRequestError} 400
 */
export function readRequestOrigin(req: Request): string {
  const trust: unknown = req.app.get('trust proxy fn')
  const forwarded = req.get('x-forwarded-host')
  const isTrusted = typeof trust === 'function' && trust(req.socket.remoteAddress, 0) === true
  const host = (isTrusted && forwarded ? forwarded.split(',')[0]?.trim() : undefined) ?? req.get('host') ?? ''
  const url = /^[\w.:[\]-]+$/.test(host) ? URL.parse(`${req.protocol}://${host}`) : null
  if (!url) throw requestError('bad_host')
  return url.origin
}

function readPublicUrl(factory: string, publicUrl: string | undefined): URL | undefined {
  if (publicUrl !== undefined) return parsePublicUrl(factory, 'publicUrl', publicUrl)
  const text = process.env.WECHAT_PUBLIC_URL
  return text ? parsePublicUrl(factory, 'WECHAT_PUBLIC_URL', text) : undefined
}

function readAllowedOrigins(factory: string, listed: readonly string[] | undefined): ReadonlySet<string> {
  if (listed) return new Set(listed.map(text => parseOrigin(factory, 'allowedOrigins', text)))
  const texts = splitList(process.env.WECHAT_ALLOWED_ORIGINS)
  return new Set(texts.map(text => parseOrigin(factory, 'WECHAT_ALLOWED_ORIGINS', text)))
}

function parsePublicUrl(factory: string, option: string, text: string): URL {
  const url = URL.parse(text)
  const isWeb = url?.protocol === 'https:' || url?.protocol === 'http:'
  if (!url || !isWeb || url.username || url.password || url.search || url.hash) {
    throw optionError(
      factory,
      option,
      `must be an address such as "https://m.example.com/wechat"${got(text)}`,
    )
  }
  return url
}

function parseOrigin(factory: string, option: string, text: string): string {
  const url = URL.parse(text)
  const isExact = url?.origin === text.replace(/\/$/, '') && !text.includes('*')
  if (!url || !/^https?:$/.test(url.protocol) || !isExact) {
    throw optionError(factory, option, `must be origins such as "https://m.example.com"${got(text)}`)
  }
  return url.origin
}

/** Repeats the value for a message, except if it has a user name and so perhaps a password. */
function got(text: string): string {
  return text.includes('@') ? '' : `, got "${text}"`
}

function splitList(text: string | undefined): string[] {
  return (text ?? '')
    .split(',')
    .map(part => part.trim())
    .filter(part => part !== '')
}
