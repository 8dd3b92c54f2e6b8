import type { Request } from 'express'
import { readRequestOrigin } from '../http/origin/request-origin.js'
import { isPageRequest } from '../http/request.js'
import { getContext } from '../tokens/context.js'
import { existingDefaultTokenManager, type TokenManager } from '../tokens/token-manager.js'
import type { Scope } from '../wechat-api/oauth.js'
import { isSimulatedAppId } from '../wechat-api/simulated.js'
import { readSimulatorOrigins } from './failure-page.js'
import { createLoginSession } from './login-session.js'
import { assertNotAtLogin, buildLoginUrl, type LoginSource, readPagePath } from './login-source.js'
import { isHopping } from './oauth/hop.js'
import { createMarkKeyFinder } from './oauth/mark-key.js'
import { createLoopErrors, loginAttemptCounter, MAX_ATTEMPTS, redirectLoopCookie } from './redirect-loop.js'
import { toWechatLogin } from './wechat-login.js'

export interface SessionSourceOptions {
  tokenManager?: TokenManager | undefined
  sessionKey: string
  /** The path, or the URL, at which a login begins. */
  loginPath: string
  scope?: Scope | undefined
  /** The path that a proxy has stripped from the request. */
  readPrefix(req: Request): string
}

/** Logins that `wechatAuthRouter()` of this app keeps in the session. */
export function createSessionSource(options: SessionSourceOptions): LoginSource {
  const { tokenManager, sessionKey, loginPath, scope, readPrefix } = options
  const session = createLoginSession({ sessionKey, appId: () => readAppId(tokenManager) })
  const findMarkKey = createMarkKeyFinder(tokenManager)
  const loopError = createLoopErrors()
  const loginHost = loginPath.startsWith('/') ? undefined : new URL(loginPath).host

  function publicLoginUrl(req: Request): string {
    return loginHost === undefined ? readPrefix(req) + loginPath : loginPath
  }

  /** `attempt` is counted in the page's address. */
  function loginUrl(req: Request, attempt?: number): string {
    // The address of a script's request is no page to return to. The page that runs the script knows its own.
    const page = isPageRequest(req) ? readPage(req) : undefined
    const isCounted = page !== undefined && attempt !== undefined
    return buildLoginUrl(publicLoginUrl(req), {
      page: isCounted ? loginAttemptCounter.add(page, attempt, findMarkKey()) : page,
      scope,
    })
  }

  function readPage(req: Request): string {
    const path = readPagePath(req, readPrefix(req))
    return loginHost === undefined ? path : readRequestOrigin(req) + path
  }

  /** Whether the cookie that the login leaves is another host's. */
  function isAtOtherHost(req: Request): boolean {
    return loginHost === undefined ? isHopping(req) : loginHost !== new URL(readRequestOrigin(req)).host
  }

  function nextAttempt(req: Request): number {
    const key = findMarkKey()
    const attempts = loginAttemptCounter.read(req.originalUrl, key)
    if (attempts >= MAX_ATTEMPTS) throw loopError('login_not_kept', key !== undefined)
    return attempts + 1
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
      const isMarked = loginAttemptCounter.remove(req.originalUrl) !== req.originalUrl
      return isMarked ? readPagePath(req, readPrefix(req)) : undefined
    },
    loginUrl: req => loginUrl(req, isAtOtherHost(req) ? 1 : undefined),
    isLoginAddress(req) {
      // The client chooses what the Host header says, so an address with a host lets no request pass.
      if (loginHost !== undefined) return false
      const path = req.originalUrl.split('?')[0]
      return path === loginPath || path === `${loginPath}/code` || isScanPath(path, loginPath)
    },
    assertLoginLasted(req, res) {
      if (loginHost !== undefined && isAtOtherHost(req)) return
      const key = findMarkKey()
      const login = { loginPath: new URL(publicLoginUrl(req), 'http://localhost').pathname, sessionKey }
      if (!redirectLoopCookie.isLoginLost(req, login, key)) return
      redirectLoopCookie.clear(res)
      throw loopError('login_not_kept', key !== undefined)
    },
    nextLoginUrl(req) {
      assertNotAtLogin(req, publicLoginUrl(req))
      return loginUrl(req, isAtOtherHost(req) ? nextAttempt(req) : undefined)
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

/** The rows at which a computer and a phone log the computer in; the phone's page finds its login itself. */
function isScanPath(path: string | undefined, loginPath: string): boolean {
  return path === `${loginPath}/scan` || path?.startsWith(`${loginPath}/scan/`) === true
}

function isSimulated(tokenManager: TokenManager | undefined): boolean {
  const manager = tokenManager ?? existingDefaultTokenManager()
  return manager ? getContext(manager).account.isSimulated : isSimulatedAppId(process.env.WECHAT_APP_ID ?? '')
}
