import type { Request } from 'express'
import { readRequestOrigin } from '../http/origin/request-origin.js'
import { isPageRequest } from '../http/request.js'
import { getContext } from '../tokens/context.js'
import { existingDefaultTokenManager, type TokenManager } from '../tokens/token-manager.js'
import type { Scope } from '../wechat-api/oauth.js'
import { isSimulatedAppId } from '../wechat-api/simulated.js'
import { readSimulatorOrigins } from './failure-page.js'
import { createLoginSession } from './login-session.js'
import {
  assertNotAtLogin,
  buildLoginUrl,
  createPageMarks,
  type LoginSource,
  readPagePath,
} from './login-source.js'
import { createMarkKeyFinder } from './oauth/mark-key.js'
import { isRedirectedToPublicUrl } from './oauth/public-url-redirect.js'
import { createLoopErrors, loginAttemptCounter, MAX_ATTEMPTS, redirectLoopCookie } from './redirect-loop.js'
import type { LoginMode } from './silent/login-mode.js'
import { createSilentMark } from './silent/silent-mark.js'
import { toWechatLogin } from './wechat-login.js'

export interface SessionSourceOptions {
  tokenManager?: TokenManager | undefined
  sessionKey: string
  /** The path, or the URL, at which a login begins. */
  loginPath: string
  scope?: Scope | undefined
  /** Whether the guard tries silent logins, whose mark makes the page's address longer. */
  silent: boolean
  /** The path that a proxy has stripped from the request. */
  readPrefix(req: Request): string
}

/** Makes the source of the logins that `wechatAuthRouter()` of this app keeps in the session. */
export function createSessionSource(options: SessionSourceOptions): LoginSource {
  const { tokenManager, sessionKey, loginPath, scope, silent, readPrefix } = options
  const session = createLoginSession({ sessionKey, appId: () => readAppId(tokenManager) })
  const findMarkKey = createMarkKeyFinder(tokenManager)
  const loopError = createLoopErrors()
  const silentMark = createSilentMark(sessionKey)
  const marks = createPageMarks(silentMark, silent)
  const loginHost = loginPath.startsWith('/') ? undefined : new URL(loginPath).host

  function publicLoginUrl(req: Request): string {
    return loginHost === undefined ? readPrefix(req) + loginPath : loginPath
  }

  /** If `attempt` is given, the page's address gets it as its login counter. */
  function loginUrl(req: Request, mode: LoginMode, attempt?: number): string {
    // The address of a script's request is no page to return to. The page that runs the script adds its own address.
    const page = isPageRequest(req) ? readPage(req, mode) : undefined
    const isCounted = page !== undefined && attempt !== undefined
    return buildLoginUrl(publicLoginUrl(req), {
      page: isCounted ? loginAttemptCounter.add(page, attempt, findMarkKey()) : page,
      scope,
      mode,
    })
  }

  function readPage(req: Request, mode: LoginMode): string {
    const plainPath = readPlainPath(req)
    const path = mode === 'silent' ? silentMark.add(plainPath, findMarkKey()) : plainPath
    return loginHost === undefined ? path : readRequestOrigin(req) + path
  }

  function readPlainPath(req: Request): string {
    return readPagePath(req, readPrefix(req), marks)
  }

  function readPath(url: string): string {
    return new URL(url, 'http://localhost').pathname
  }

  /** Whether the login is at another host, whose cookies this host does not get. */
  function isAtOtherHost(req: Request): boolean {
    return loginHost === undefined
      ? isRedirectedToPublicUrl(req)
      : loginHost !== new URL(readRequestOrigin(req)).host
  }

  function nextAttempt(req: Request): number {
    const key = findMarkKey()
    const attempts = loginAttemptCounter.read(req.originalUrl, key)
    if (attempts >= MAX_ATTEMPTS) throw loopError('login_not_kept', key !== undefined)
    return attempts + 1
  }

  /**
   * Throws if a login is too old right after three logins in a row: the clocks of two machines then differ by more
   * than `maxAgeSeconds`, so that no renewal can succeed.
   */
  function assertRenewalsEnd(req: Request): void {
    const key = findMarkKey()
    const login = { loginPath: readPath(publicLoginUrl(req)), sessionKey }
    if (redirectLoopCookie.isExhausted(req, login, key)) throw loopError('login_not_kept', key !== undefined)
  }

  return {
    read(req) {
      const login = session.read(req)
      return login && { login: toWechatLogin(login), askedScope: login.askedScope }
    },
    isOpenToAnyBrowser: () => isSimulated(tokenManager),
    simulatorOrigins() {
      const manager = tokenManager ?? existingDefaultTokenManager()
      return manager && readSimulatorOrigins(getContext(manager).account)
    },
    cleanPageUrl(req) {
      const isMarked = marks.remove(req.originalUrl) !== req.originalUrl
      return isMarked ? readPlainPath(req) : undefined
    },
    loginUrl: (req, mode = 'login') => loginUrl(req, mode, isAtOtherHost(req) ? 1 : undefined),
    isSilentTried: req => silentMark.isOn(req, readPlainPath(req), findMarkKey()),
    rememberSilentTry: (req, res) => silentMark.setCookie(req, res, readPlainPath(req), findMarkKey()),
    isLoginAddress(req) {
      // Clients can forge the Host header, so no request counts as one for a login with a host in its address.
      if (loginHost !== undefined) return false
      const path = req.originalUrl.split('?')[0]
      return path === loginPath || path === `${loginPath}/code` || isScanPath(path, loginPath)
    },
    assertLoginLasted(req, res) {
      if (loginHost !== undefined && isAtOtherHost(req)) return
      const key = findMarkKey()
      const login = { loginPath: readPath(publicLoginUrl(req)), sessionKey }
      if (!redirectLoopCookie.isLoginLost(req, login, key)) return
      redirectLoopCookie.clear(res)
      throw loopError('login_not_kept', key !== undefined)
    },
    nextLoginUrl(req, mode = 'login') {
      assertNotAtLogin(req, publicLoginUrl(req), loopError)
      if (mode === 'silent') return loginUrl(req, mode)
      if (mode === 'renewal') assertRenewalsEnd(req)
      return loginUrl(req, mode, isAtOtherHost(req) ? nextAttempt(req) : undefined)
    },
  }
}

/**
 * The account whose logins count. Without a token manager it is the account of the environment, so that a session
 * from before a change of account is not taken for a login.
 */
export function readAppId(tokenManager: TokenManager | undefined): string | undefined {
  return (tokenManager ?? existingDefaultTokenManager())?.appId ?? (process.env.WECHAT_APP_ID || undefined)
}

/**
 * The paths of the login by scanning, below the login's path. The pattern allows no dot and no "%", since a handler that
 * resolves "/scan/../../" would serve an address outside the login.
 */
const SCAN_ROWS = /^\/scan(?:\/[\w-]+(?:\/(?:status|finish))?)?$/

function isScanPath(path: string | undefined, loginPath: string): boolean {
  return path?.startsWith(loginPath) === true && SCAN_ROWS.test(path.slice(loginPath.length))
}

function isSimulated(tokenManager: TokenManager | undefined): boolean {
  const manager = tokenManager ?? existingDefaultTokenManager()
  return manager ? getContext(manager).account.isSimulated : isSimulatedAppId(process.env.WECHAT_APP_ID ?? '')
}
