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
  /** Whether any browser can log in, not only WeChat's: true with the simulator, or a gateway on this machine. */
  isOpenToAnyBrowser(): boolean
  /** The simulator's origins, which may frame the page; undefined if WeChat is not the simulator. */
  simulatorOrigins(): string | undefined
  /** The page's address without what the login added to it; undefined if the login added nothing. */
  cleanPageUrl(req: Request): string | undefined
  /** The address at which a login begins. For the request of a page, the login returns to that page. */
  loginUrl(req: Request, mode?: LoginMode): string
  /** Whether a silent login was tried for this page within the last five minutes. */
  isSilentTried(req: Request): boolean
  /** Sets a cookie that says that a silent login was tried for this page. */
  rememberSilentTry(req: Request, res: Response): void
  /**
   * Whether the request is for one of the addresses of the login at which nobody can be logged in yet. A guard
   * that runs before the router passes these requests on, instead of redirecting from the login to the login.
   */
  isLoginAddress(req: Request): boolean
  /**
   * Refuses a browser that has just come back from a login that did not last. A guard calls it before it answers a
   * page request without a login.
   * @throws {WechatConfigError} if the mark of that login is verified
   * @throws {WechatRequestError} 400 if it can't be verified, because this app has no app secret
   */
  assertLoginLasted(req: Request, res: Response): void
  /**
   * The address of the login for a browser that is redirected there now.
   * @throws {WechatConfigError} if the browser has been redirected too often in a row, or requests the login already
   * @throws {WechatRequestError} 400 if the request shows this only by what anybody can have written
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
  /** Returns the address without the marks, and otherwise unchanged. */
  remove(page: string): string
}

/** The two marks that a guard can add to a page's address: the silent mark or the login counter, one at a time. */
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
 * @throws {WechatConfigError} if the request is for the login
 * @throws {WechatRequestError} 400 if only the request's `state` shows it, which anybody can have written
 */
export function assertNotAtLogin(req: Request, loginUrl: string, loopError: LoopErrorFactory): void {
  const path = req.originalUrl.split('?')[0] ?? ''
  const isAtAddress = !loginUrl.startsWith('/') && readRequestOrigin(req) + path === loginUrl
  if (isAtAddress) throw loopError('login_behind_guard', true)
  if (isRedirectedToItself(req, path, loginUrl)) throw loopError('login_behind_guard', false)
}

/**
 * Whether the login was redirected to itself. A proxy that rewrites the Host header or strips a prefix hides that a
 * request is for the login. The second such request shows it: its page to return to is the first request.
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
  // "//host" names another site, so leading slashes become one. An absolute URL, which can name any site, becomes "/".
  const path = originalUrl.startsWith('/') ? marks.remove(originalUrl).replace(/^\/+/, '/') : '/'
  // Browsers leave "\" in a query as it is, and some clients send raw bytes. The login refuses both, so they are encoded.
  const plainPath =
    prefix + path.replace(/[\\\x80-\xff]/g, byte => `%${byte.charCodeAt(0).toString(16).toUpperCase()}`)
  // A longer address would exceed the login's limit with its origin and marks, so the login returns without the query.
  const maxLength = MAX_URL_LENGTH - MAX_ORIGIN_LENGTH - marks.maxLength
  return plainPath.length <= maxLength ? plainPath : (plainPath.split('?')[0] ?? '/')
}
