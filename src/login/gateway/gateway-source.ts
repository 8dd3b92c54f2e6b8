import type { Request } from 'express'
import { readRequestOrigin } from '../../http/origin/request-origin.js'
import { isPageRequest } from '../../http/request.js'
import type { TokenManager } from '../../tokens/token-manager.js'
import { isLoopbackHost } from '../../wechat-api/account.js'
import { assertNotAtLogin, buildLoginUrl, type LoginSource, readPagePath } from '../login-source.js'
import { createMarkKeyFinder } from '../oauth/mark-key.js'
import { createLoopErrors, loginAttemptCounter, MAX_ATTEMPTS } from '../redirect-loop.js'
import { toWechatLogin } from '../wechat-login.js'
import type { ParsedGatewayOptions } from './gateway-options.js'
import { createGatewayVisitors } from './gateway-visitors.js'

export interface GatewaySourceOptions {
  gateway: ParsedGatewayOptions
  sessionKey: string
  scope?: string | undefined
  /** Of the gateway's account, if this app has it. */
  tokenManager?: TokenManager | undefined
  /** The path that a proxy has stripped from the request. */
  readPrefix(req: Request): string
}

/** Logins that a gateway on the same site keeps. */
export function createGatewaySource(options: GatewaySourceOptions): LoginSource {
  const { gateway, sessionKey, scope, tokenManager, readPrefix } = options
  const { url, cookieName } = gateway
  const findMarkKey = createMarkKeyFinder(tokenManager)
  const loopError = createLoopErrors()
  const visitors = createGatewayVisitors(gateway, sessionKey)
  const isLoopback = isLoopbackHost(new URL(url).hostname)

  function loginUrl(req: Request, attempt = 1): string {
    // The address of a script's request is no page to return to. The page that runs the script knows its own.
    const page = isPageRequest(req)
      ? loginAttemptCounter.add(
          readRequestOrigin(req) + readPagePath(req, readPrefix(req)),
          attempt,
          findMarkKey(),
        )
      : undefined
    return buildLoginUrl(`${url}/auth`, { page, scope })
  }

  return {
    async read(req) {
      const visitor = await visitors.read(req)
      if (!visitor) return undefined
      const login = toWechatLogin({ ...visitor, loggedInAt: visitor.loggedInAt ?? visitor.learnedAt })
      return { login, askedScope: 'snsapi_base' }
    },
    isOpenToAnyBrowser: () => isLoopback,
    // A gateway on this machine is one of development. The port of its simulator is not known here.
    simulatorOrigins: () => (isLoopback ? 'http://127.0.0.1:* http://localhost:*' : undefined),
    cleanPageUrl(req) {
      // The counter has done its work. It stays in no history, and is not shared with the page's address.
      const isMarked = loginAttemptCounter.remove(req.originalUrl) !== req.originalUrl
      return isMarked ? readPagePath(req, readPrefix(req)) : undefined
    },
    loginUrl: req => loginUrl(req),
    isLoginAddress: () => false,
    // A gateway does not mark its callbacks, so attempts are counted when a browser is redirected.
    assertLoginLasted() {},
    nextLoginUrl(req) {
      assertNotAtLogin(req, `${url}/auth`)
      const key = findMarkKey()
      const attempts = loginAttemptCounter.read(req.originalUrl, key)
      if (attempts >= MAX_ATTEMPTS) {
        throw loopError(
          'gateway_cookie_missing',
          key !== undefined,
          `Visitors come back from the gateway's login without its cookie "${cookieName}"`,
        )
      }
      return loginUrl(req, attempts + 1)
    },
  }
}
