import type { Request } from 'express'
import { readRequestOrigin } from '../../http/origin/request-origin.js'
import { isPageRequest } from '../../http/request.js'
import type { TokenManager } from '../../tokens/token-manager.js'
import { isLoopbackHost } from '../../wechat-api/account.js'
import {
  assertNotAtLogin,
  buildLoginUrl,
  createPageMarks,
  type LoginSource,
  readPagePath,
} from '../login-source.js'
import { createMarkKeyFinder } from '../oauth/mark-key.js'
import { createLoopErrors, loginAttemptCounter, MAX_ATTEMPTS } from '../redirect-loop.js'
import type { LoginMode } from '../silent/login-mode.js'
import { createSilentMark } from '../silent/silent-mark.js'
import { toWechatLogin } from '../wechat-login.js'
import type { ParsedGatewayOptions } from './gateway-options.js'
import { createGatewayVisitors } from './gateway-visitors.js'

export interface GatewaySourceOptions {
  gateway: ParsedGatewayOptions
  sessionKey: string
  scope?: string | undefined
  /** Whether the guard tries silent logins, whose mark makes the page's address longer. */
  silent: boolean
  /** The token manager of the gateway's account, if this app has one. */
  tokenManager?: TokenManager | undefined
  /** The path that a proxy has stripped from the request. */
  readPrefix(req: Request): string
}

/** Makes the source of the logins that a gateway on the same site keeps. */
export function createGatewaySource(options: GatewaySourceOptions): LoginSource {
  const { gateway, sessionKey, scope, silent, tokenManager, readPrefix } = options
  const { url, cookieName } = gateway
  const findMarkKey = createMarkKeyFinder(tokenManager)
  const loopError = createLoopErrors()
  const silentMark = createSilentMark(sessionKey)
  const marks = createPageMarks(silentMark, silent)
  const visitors = createGatewayVisitors(gateway, sessionKey)
  const isLoopback = isLoopbackHost(new URL(url).hostname)

  function loginUrl(req: Request, mode: LoginMode, attempt = 1): string {
    // The address of a script's request is no page to return to. The page that runs the script adds its own address.
    const page = isPageRequest(req) ? readRequestOrigin(req) + readMarkedPath(req, mode, attempt) : undefined
    return buildLoginUrl(`${url}/auth`, { page, scope, mode })
  }

  function readMarkedPath(req: Request, mode: LoginMode, attempt: number): string {
    const path = readPlainPath(req)
    const key = findMarkKey()
    return mode === 'silent' ? silentMark.add(path, key) : loginAttemptCounter.add(path, attempt, key)
  }

  function readPlainPath(req: Request): string {
    return readPagePath(req, readPrefix(req), marks)
  }

  return {
    async read(req) {
      const visitor = await visitors.read(req)
      if (!visitor) return undefined
      const login = toWechatLogin({ ...visitor, loggedInAt: visitor.loggedInAt ?? visitor.learnedAt })
      return { login, askedScope: 'snsapi_base' }
    },
    readUserInfo: req => visitors.readUserInfo(req),
    isOpenToAnyBrowser: () => isLoopback,
    // A gateway on this machine is for development, and can use the simulator. Any port is allowed, because this app
    // does not know the simulator's.
    simulatorOrigins: () => (isLoopback ? 'http://127.0.0.1:* http://localhost:*' : undefined),
    cleanPageUrl(req) {
      // The page is opened without the marks, so that they are neither in the browser's history nor in an address that
      // the person shares.
      const isMarked = marks.remove(req.originalUrl) !== req.originalUrl
      return isMarked ? readPlainPath(req) : undefined
    },
    loginUrl: (req, mode = 'login') => loginUrl(req, mode),
    isSilentTried: req => silentMark.isOn(req, readPlainPath(req), findMarkKey()),
    rememberSilentTry: (req, res) => silentMark.setCookie(req, res, readPlainPath(req), findMarkKey()),
    isLoginAddress: () => false,
    // A gateway leaves no mark of a lost login, so there is nothing to check. `nextLoginUrl` counts the attempts.
    assertLoginLasted() {},
    nextLoginUrl(req, mode = 'login') {
      assertNotAtLogin(req, `${url}/auth`, loopError)
      if (mode === 'silent') return loginUrl(req, mode)
      const key = findMarkKey()
      const attempts = loginAttemptCounter.read(req.originalUrl, key)
      if (attempts >= MAX_ATTEMPTS) {
        throw loopError(
          'gateway_cookie_missing',
          key !== undefined,
          `Visitors come back from the gateway's login without its cookie "${cookieName}"`,
        )
      }
      return loginUrl(req, mode, attempts + 1)
    },
  }
}
