import type { Request } from 'express'
import { configError } from '../errors/create-error.js'
import { readRequestOrigin } from '../http/public-origin.js'
import { isPageRequest } from '../http/request.js'
import { getContext } from '../tokens/context.js'
import { existingDefaultTokenManager, type TokenManager } from '../tokens/token-manager.js'
import type { Scope } from '../wechat-api/oauth.js'
import { isSimulatedAppId } from '../wechat-api/simulated.js'
import { readSimulatorOrigins } from './failure-page.js'
import { createLoginSession } from './login-session.js'
import { assertNotAtLogin, buildLoginUrl, type LoginSource, readPagePath } from './login-source.js'
import { redirectLoopCookie } from './redirect-loop.js'
import { toWechatLogin } from './wechat-login.js'

export interface SessionSourceOptions {
  tokenManager: TokenManager | undefined
  sessionKey: string
  /** The path, or the URL, at which a login begins. */
  loginPath: string
  scope: Scope | undefined
}

/** Logins that `wechatAuthRouter()` of this app keeps in the session. */
export function createSessionSource(options: SessionSourceOptions): LoginSource {
  const { tokenManager, sessionKey, loginPath, scope } = options
  const session = createLoginSession({ sessionKey, appId: () => readAppId(tokenManager) })

  function loginUrl(req: Request): string {
    // The address of a script's request is no page to return to. The page that runs the script knows its own.
    const page = isPageRequest(req) ? readPage(req) : undefined
    return buildLoginUrl(loginPath, { page, scope })
  }

  function readPage(req: Request): string {
    const path = readPagePath(req)
    return loginPath.startsWith('/') ? path : readRequestOrigin(req) + path
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
    cleanPageUrl: () => undefined,
    loginUrl,
    isLoginAddress(req) {
      // The client chooses what the Host header says, so an address with a host lets no request pass.
      if (!loginPath.startsWith('/')) return false
      const path = req.originalUrl.split('?')[0]
      return path === loginPath || path === `${loginPath}/code`
    },
    assertLoginLasted(req, res) {
      if (!redirectLoopCookie.isLoginLost(req, loginPath)) return
      redirectLoopCookie.clear(res)
      throw configError('login_not_kept')
    },
    nextLoginUrl(req) {
      assertNotAtLogin(req, loginPath)
      return loginUrl(req)
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

function isSimulated(tokenManager: TokenManager | undefined): boolean {
  const manager = tokenManager ?? existingDefaultTokenManager()
  return manager ? getContext(manager).account.isSimulated : isSimulatedAppId(process.env.WECHAT_APP_ID ?? '')
}
