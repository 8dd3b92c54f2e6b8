import type { Request, Response } from 'express'
import { MAX_URL_LENGTH } from '../http/origin/public-origin.js'
import { readRequestOrigin } from '../http/origin/request-origin.js'
import { readFirstQueryValue } from '../http/request.js'
import type { UserInfo } from '../wechat-api/oauth.js'
import { type LoopErrorFactory, loginAttemptCounter } from './redirect-loop.js'
import { type LoginMode, MODE_PARAMETERS } from './silent/login-mode.js'
import { SILENT_MARK_LENGTH, type SilentMark } from './silent/silent-mark.js'
import type { WechatLogin } from './wechat-login.js'

/** Where a guard finds logins: in the session of this app, or at a gateway. */
export interface LoginSource {
  /** The login of this request; undefined if nobody is logged in. */
  read(req: Request): FoundLogin | undefined | Promise<FoundLogin | undefined>
  /** Asks the gateway that keeps the logins for the person's profile; undefined if this app keeps them. */
  readUserInfo?(req: Request): Promise<UserInfo>
  /** Whether any browser can pass the login, and not WeChat's alone: true in development. */
  isOpenToAnyBrowser(): boolean
  /** Where the simulator shows pages in its phone; undefined if WeChat is not the simulator. */
  simulatorOrigins(): string | undefined
  /** The page's address without what the login added to it; undefined if the login added nothing. */
  cleanPageUrl(req: Request): string | undefined
  /** The address at which a login begins. For the request of a page, the login returns to that page. */
  loginUrl(req: Request, mode?: LoginMode): string
  /** Whether a silent login was tried for this page within the last five minutes. */
  isSilentTried(req: Request): boolean
  /** Lets the browser keep that a silent login is tried for this page. */
  rememberSilentTry(req: Request, res: Response): void
  /**
   * Whether the request is for one of the addresses of the login at which nobody can be logged in yet. A guard
   * that runs before the router passes these requests on, instead of redirecting from the login to the login.
   */
  isLoginAddress(req: Request): boolean
  /**
   * Called before any answer to a page's request without a login.
   * @throws {WechatConfigError} if this browser has just come back from a login that did not last
   * @throws {WechatRequestError} 400 if it says so without a proof
   */
  assertLoginLasted(req: Request, res: Response): void
  /**
   * The address of the login for a browser that is redirected there now.
   * @throws {WechatConfigError} if the browser has been redirected too often in a row, or requests the login already
   * @throws {WechatRequestError} 400 if the browser says so without a proof
   */
  nextLoginUrl(req: Request, mode?: LoginMode): string
}

export interface FoundLogin {
  login: WechatLogin
  /** The scope that the login asked for. A scope that WeChat did not grant is not asked for again. */
  askedScope: string
}

const MAX_ORIGIN_LENGTH = 260

export interface PageMarks {
  /** By how many characters the marks of a login make the page's address longer, at most. */
  maxLength: number
  /** The address without the marks, byte by byte. */
  remove(page: string): string
}

/** The marks that a guard adds to the address of a page, one of them at a time. */
export function createPageMarks(silentMark: SilentMark, isSilent: boolean): PageMarks {
  return {
    maxLength: isSilent ? SILENT_MARK_LENGTH : loginAttemptCounter.maxLength,
    remove: page => silentMark.remove(loginAttemptCounter.remove(page)),
  }
}

/** Builds the address at which a login begins. Without a page, the login returns to its default page. */
export function buildLoginUrl(
  loginUrl: string,
  { page, scope, mode = 'login' }: { page: string | undefined; scope: string | undefined; mode?: LoginMode },
): string {
  const query = new URLSearchParams()
  if (page !== undefined) query.set('state', page)
  const parameters = MODE_PARAMETERS[mode]
  const wantedScope = parameters?.scope ?? scope
  if (wantedScope !== undefined) query.set('scope', wantedScope)
  if (parameters) query.set(parameters.name, '1')
  return query.size > 0 ? `${loginUrl}?${query}` : loginUrl
}

/**
 * Refuses to redirect from a login's address to itself, which would never end.
 * @throws {WechatConfigError}
 * @throws {WechatRequestError} 400 if the address of the request says so, which anybody can have written
 */
export function assertNotAtLogin(req: Request, loginUrl: string, loopError: LoopErrorFactory): void {
  const path = req.originalUrl.split('?')[0] ?? ''
  const isAtAddress = !loginUrl.startsWith('/') && readRequestOrigin(req) + path === loginUrl
  if (isAtAddress) throw loopError('login_behind_guard', true)
  if (isRedirectedToItself(req, path, loginUrl)) throw loopError('login_behind_guard', false)
}

/**
 * A proxy that rewrites the Host header or strips a prefix hides that a request is for the login. The second such
 * request shows it, because the page to return to is the first one.
 */
function isRedirectedToItself(req: Request, path: string, loginUrl: string): boolean {
  const page = URL.parse(readFirstQueryValue(req, 'state') ?? '', 'http://localhost')
  const isLogin = URL.parse(loginUrl, 'http://localhost')?.pathname.endsWith(path) === true
  return isLogin && page?.searchParams.has('state') === true && page.pathname.endsWith(path)
}

/**
 * The public path and the query of the requested page, without the marks of a login, in a form that a login accepts as
 * the page to return to.
 */
export function readPagePath(req: Request, prefix: string, marks: PageMarks): string {
  const { originalUrl } = req
  // "//host" names another site, and the address in an absolute-form request line can name anything.
  const path = originalUrl.startsWith('/') ? marks.remove(originalUrl).replace(/^\/+/, '/') : '/'
  // Browsers leave "\" in a query as it is, and some clients send raw bytes. The login accepts neither.
  const plainPath =
    prefix + path.replace(/[\\\x80-\xff]/g, byte => `%${byte.charCodeAt(0).toString(16).toUpperCase()}`)
  // With its origin, a longer address is over the login's limit. The page without its query is better than none.
  const maxLength = MAX_URL_LENGTH - MAX_ORIGIN_LENGTH - marks.maxLength
  return plainPath.length <= maxLength ? plainPath : (plainPath.split('?')[0] ?? '/')
}
