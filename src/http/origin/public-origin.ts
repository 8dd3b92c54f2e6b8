import type { Request } from 'express'
import { z } from 'zod'
import { optionError, requestError } from '../../errors/create-error.js'
import { warn } from '../../errors/warn.js'
import { createOriginReader, findRequestOrigin, isKnownPlainHttp } from './request-origin.js'

/** The greatest length of a page address, in characters, that is signed or returned to. */
export const MAX_URL_LENGTH = 2_048

/** The options that say at which origins the service and its pages are. */
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
  /** Whether `allowedOrigins` has at least one entry. */
  readonly hasOthers: boolean
  /** The service's origin for this request, such as `https://m.example.com`. */
  get(req: Request): string
  /**
   * The path of the router's mount for this request, such as `/wechat`; empty at the root.
   * @throws {WechatRequestError} 400 if the path can't be the path of a cookie
   */
  basePath(req: Request): string
  /** Whether the service is reached over https, so that its cookies can be `Secure`. */
  isSecure(req: Request): boolean
  /** Whether an origin is the service's own for this request, or one of `allowedOrigins`. */
  isAllowed(req: Request, origin: string): boolean
  /** Whether pages of this origin may read answers: one of `allowedOrigins`, and not http if `publicUrl` is https. */
  mayRead(origin: string): boolean
  /**
   * The request's origin, if it is one of `allowedOrigins` and not the origin of `publicUrl`. A login that begins
   * there would lose its cookies, which are bound to a host. Undefined for any other Host header, which a proxy can
   * have written.
   */
  findOtherHost(req: Request): string | undefined
  /**
   * Warns operators that a page was refused because of its origin. At most three origins are reported, each once,
   * because clients choose the header. The answer to the client does not name the origin.
   */
  warnAboutForeignOrigin(req: Request, origin: string): void
  /** Whether the browser came by http, as a trusted proxy says, although `publicUrl` is https. */
  isDowngraded(req: Request): boolean
}

export const originOptionsShape = {
  publicUrl: z.string('must be a URL').optional(),
  allowedOrigins: z.array(z.string('must be an origin'), 'must be a list of origins').optional(),
}

/** A path of unreserved characters and escapes. An empty segment is refused, since `//host` names another site. */
const MOUNT_PATH = /^(?:\/(?:[A-Za-z0-9._~!$&'()*+,=:@-]|%[0-9A-Fa-f]{2})+)*$/

/**
 * Parses the origin options; the environment's variables fill in what they leave out.
 * @throws {WechatConfigError} naming the option, or the variable
 */
export function createPublicOrigin(factory: string, options: WechatOriginOptions): PublicOrigin {
  const publicUrl = readPublicUrl(factory, options.publicUrl)
  const allowedOrigins = readAllowedOrigins(factory, options.allowedOrigins)
  const warnOnce = createWarnOnce(factory)
  const warnAboutForeignOnce = createForeignWarning(factory)
  const isProduction = process.env.NODE_ENV === 'production'
  const readOrigin = createOriginReader()

  function getOrigin(req: Request): string {
    if (publicUrl) return publicUrl.origin
    if (isProduction) warnOnce('no_public_url')
    return readOrigin(req)
  }

  function basePath({ baseUrl }: Request): string {
    if (!publicUrl) return assertMountPath(baseUrl)
    const path = publicUrl.pathname.replace(/\/+$/, '')
    if (!path.toLowerCase().endsWith(baseUrl.toLowerCase())) warnOnce('public_url_path')
    return path
  }

  const isSecureSite = publicUrl?.protocol === 'https:'
  const isDowngraded = (req: Request) => isSecureSite && isKnownPlainHttp(req)

  return {
    hasOthers: allowedOrigins.size > 0,
    get: getOrigin,
    basePath,
    isSecure: req => getOrigin(req).startsWith('https:'),
    isAllowed: (req, origin) => allowedOrigins.has(origin) || origin === getOrigin(req),
    mayRead: origin => allowedOrigins.has(origin) && !(isSecureSite && origin.startsWith('http:')),
    isDowngraded,
    warnAboutForeignOrigin: (req, origin) => warnAboutForeignOnce(getOrigin(req), origin),
    findOtherHost(req) {
      if (!publicUrl) return undefined
      const origin = findRequestOrigin(req)
      if (origin === undefined || origin === publicUrl.origin || !allowedOrigins.has(origin)) return undefined
      // An http origin counts only if a trusted proxy says http: without that header, a proxy that ends TLS makes each
      // request look like http.
      return isSecureSite && origin.startsWith('http:') && !isDowngraded(req) ? undefined : origin
    },
  }
}

const MAX_FOREIGN_WARNINGS = 3
const MAX_ORIGIN_LENGTH = 260

function createForeignWarning(factory: string): (ownOrigin: string, origin: string) => void {
  const warned = new Set<string>()
  return function warnAboutForeignOrigin(ownOrigin, origin) {
    if (warned.size >= MAX_FOREIGN_WARNINGS || warned.has(origin) || origin.length > MAX_ORIGIN_LENGTH) return
    warned.add(origin)
    warn(
      'foreign_origin',
      `${factory}: a page of ${origin} was refused, because this router is at ${ownOrigin}. If the page is yours, add ` +
        'its origin to "allowedOrigins" (WECHAT_ALLOWED_ORIGINS). If a proxy or a development server serves this ' +
        'router at that origin, set "publicUrl" (WECHAT_PUBLIC_URL)',
    )
  }
}

/** Emits each warning once per factory call. */
function createWarnOnce(factory: string): (code: keyof typeof WARNING_TEXTS) => void {
  const warned = new Set<string>()
  return function warnOnce(code) {
    if (warned.has(code)) return
    warned.add(code)
    warn(code, `${factory}: ${WARNING_TEXTS[code]}`)
  }
}

const WARNING_TEXTS = {
  no_public_url:
    'no "publicUrl" (WECHAT_PUBLIC_URL) is set, so addresses are made from the Host header of requests',
  public_url_path:
    'the path of "publicUrl" (WECHAT_PUBLIC_URL) does not end in the path at which the router is mounted, which is right only if a proxy maps one to the other',
}

/** Returns the mount's path if it can be a cookie's `Path`. Clients choose it if the mount has parameters (`/:site`). */
function assertMountPath(path: string): string {
  const hasDotSegment = /\/\.{1,2}(?:\/|$)/.test(path)
  if (hasDotSegment || !MOUNT_PATH.test(path)) throw requestError('bad_mount_path')
  return path
}

/**
 * Refuses a request that a page of a foreign origin sends. Browsers name the page's origin in the `Origin` header.
 * @throws {WechatRequestError} 403
 */
export function assertOwnPage(publicOrigin: PublicOrigin, req: Request): void {
  const origin = req.get('origin')
  if (origin !== undefined && !publicOrigin.isAllowed(req, origin)) throw requestError('origin_not_allowed')
}

function readPublicUrl(factory: string, publicUrl: string | undefined): URL | undefined {
  if (publicUrl !== undefined) return parsePublicUrl(factory, 'publicUrl', publicUrl)
  const text = process.env.WECHAT_PUBLIC_URL
  return text ? parsePublicUrl(factory, 'WECHAT_PUBLIC_URL', text) : undefined
}

function readAllowedOrigins(factory: string, listed: readonly string[] | undefined): ReadonlySet<string> {
  if (listed) return new Set(listed.map(text => parseOrigin(factory, 'allowedOrigins', text)))
  const texts = splitList(process.env.WECHAT_ALLOWED_ORIGINS)
  return new Set(
    texts.map(text => parseOrigin(factory, 'WECHAT_ALLOWED_ORIGINS', text, ', separated by commas')),
  )
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
  if (/\/auth\/code\/*$/i.test(url.pathname)) {
    throw optionError(
      factory,
      option,
      `must be the address of the router, not of its callback: leave out "/auth/code"${got(text)}`,
    )
  }
  return url
}

function parseOrigin(factory: string, option: string, text: string, listForm = ''): string {
  const url = URL.parse(text)
  const isExact = url?.origin === text.replace(/\/$/, '') && !text.includes('*')
  if (!url || !/^https?:$/.test(url.protocol) || !isExact) {
    throw optionError(
      factory,
      option,
      `must be origins such as "https://m.example.com"${listForm}${got(text)}`,
    )
  }
  return url.origin
}

/** Returns the option's value for an error message, or no text if it contains an "@" and so perhaps a password. */
function got(text: string): string {
  return text.includes('@') ? '' : `, got "${text}"`
}

function splitList(text: string | undefined): string[] {
  return (text ?? '')
    .split(',')
    .map(part => part.trim())
    .filter(part => part !== '')
}
