import { IncomingMessage } from 'node:http'
import type { NextFunction, Request, RequestHandler, Response } from 'express'
import { z } from 'zod'
import { WechatConfigError, WechatError, WechatRequestError } from '../errors/errors.js'
import { handle } from '../http/async-handler.js'
import { sendNoticePage } from '../http/error-page.js'
import {
  type HandlerOptions,
  handlerOptionsShape,
  type SessionOptions,
  sessionOptionsShape,
} from '../http/handler-options.js'
import { markKnownCaller } from '../http/known-caller.js'
import { MAX_URL_LENGTH, originOfRequest } from '../http/public-origin.js'
import { isInsideWechat, isPageRequest } from '../http/request-kind.js'
import { sendError } from '../http/respond.js'
import { existingDefaultTokenManager } from '../tokens/default-token-manager.js'
import { internals, type TokenManager } from '../tokens/token-manager.js'
import { parseOptions } from '../util/parse-options.js'
import type { Scope } from '../wechat-api/oauth.js'
import { createGatewayLogin, type GatewayOptions, gatewayOptionSchema } from './gateway/gateway-login.js'
import { MARK_LENGTH, roundOf, withoutRound, withRound } from './login-attempt-counter.js'
import { hasScope, notLoggedIn, readLogin, type SessionLogin } from './login-session.js'
import { clearReturn, isLoginLost } from './redirect-loop-cookie.js'

export interface RequireWechatLoginOptions extends HandlerOptions, SessionOptions {
  /** Where a login begins: the path of `wechatAuthRouter`'s `/auth`. @default '/wechat/auth' */
  loginPath?: string | undefined
  /** What the login must have been granted; one that lacks it is upgraded once. @default any */
  scope?: Scope | undefined
  /**
   * What a browser that is not WeChat gets instead of a login that it can't pass: a handler of yours, or
   * `'redirect'` to begin the login all the same.
   * @default a page that says to open the address in WeChat; against the simulator, 'redirect'
   */
  outsideWechat?: 'redirect' | RequestHandler | undefined
  /**
   * Logins are kept by a gateway on the same site, such as `https://m.example.com/wechat`: it is asked whose the
   * browser's session there is, and logs people in. `loginPath` and `tokenManager` mean nothing then; the gateway
   * has to allow this app's origin to return to.
   * @default none
   */
  gateway?: string | GatewayOptions | undefined
}

/** Who is logged in, as handlers read it. */
export interface WechatLogin {
  /** The person, for this account; another account knows them by another one. */
  openid: string
  /** The person, for all accounts of one Open Platform account; with `snsapi_userinfo` alone. */
  unionid?: string
  /** What WeChat granted; comma-separated where there are several. */
  scope: string
  /** WeChat lent a virtual account, which is another one next time. */
  isSnapshotUser: boolean
  loggedInAt: Date
}

declare global {
  namespace Express {
    interface Request {
      /** Set by `requireWechatLogin()`, and only behind it. */
      wechat: WechatLogin
    }
  }
}

interface RequireWechatLogin {
  (options?: RequireWechatLoginOptions): RequestHandler
  (req: Request, res: Response, next: NextFunction): void
}

const optionsSchema = z
  .strictObject({
    ...handlerOptionsShape,
    ...sessionOptionsShape,
    loginPath: z
      .string()
      .regex(/^(?:\/(?!\/)|https?:\/\/)[^\s?#]*$/, 'must be a path such as "/wechat/auth", or a URL')
      .default('/wechat/auth'),
    scope: z
      .enum(['snsapi_base', 'snsapi_userinfo'], 'must be "snsapi_base" or "snsapi_userinfo"')
      .optional(),
    outsideWechat: z
      .union(
        [z.literal('redirect'), z.custom<RequestHandler>(value => typeof value === 'function')],
        'must be "redirect" or a handler',
      )
      .optional(),
    gateway: gatewayOptionSchema.optional(),
  })
  .refine(({ gateway, scope }) => gateway === undefined || scope !== 'snsapi_userinfo', {
    path: ['scope'],
    message: 'can\'t be "snsapi_userinfo" with a gateway, which tells the openid alone',
  })

/**
 * Lets logged-in people pass, and sets `req.wechat` for them. Others are sent to the login where they asked for a
 * page, and get 401 with its address where a script asked for data. The addresses of the login itself pass, so that it
 * can stand before the router.
 *
 * @example
 * app.get('/capsule', requireWechatLogin(), (req, res) => {
 *   res.send(`hello ${req.wechat.openid}`)
 * })
 *
 * @throws {WechatConfigError} from the factory, naming the option
 */
export const requireWechatLogin: RequireWechatLogin = ((
  first?: RequireWechatLoginOptions | Request,
  res?: Response,
  next?: NextFunction,
) => {
  // Passed uncalled, it is the handler itself, with its defaults.
  if (first instanceof IncomingMessage && res && next) return defaultGuard(first as Request, res, next)
  return createGuard(first ?? {})
}) as RequireWechatLogin

function createGuard(options: unknown): RequestHandler {
  const parsed = parseOptions('requireWechatLogin', optionsSchema, options)
  const { tokenManager, sessionKey, scope, outsideWechat, onError } = parsed
  const gateway = parsed.gateway && createGatewayLogin(parsed.gateway, sessionKey)
  const loginPath = gateway?.loginUrl ?? parsed.loginPath

  async function guard(req: Request, res: Response, next: NextFunction): Promise<unknown> {
    const visitor = gateway && (await gateway.read(req))
    if (visitor) {
      // The mark has done its work: it stays in no history, and goes to nobody with whom the page is shared.
      if (isPageRequest(req) && withoutRound(req.originalUrl) !== req.originalUrl)
        return redirect(res, pathOf(req))
      req.wechat = visitor
      markKnownCaller(req)
      return next()
    }
    const login = gateway ? undefined : readLogin(req, sessionKey, appIdOf(tokenManager))
    if (login && (scope === undefined || hasScope(login.scope, scope))) {
      req.wechat = toWechatLogin(login)
      markKnownCaller(req)
      return next()
    }
    if (isLoginAddress(req, loginPath)) return next()
    if (login && scope !== undefined && hasScope(login.askedScope, scope)) throw scopeNotGranted()
    if (!isPageRequest(req)) throw notLoggedIn()
    if (!login && isLoginLost(req, loginPath)) {
      clearReturn(res)
      throw loginNotKept()
    }
    return beginLogin(req, res, next)
  }

  function beginLogin(req: Request, res: Response, next: NextFunction): unknown {
    const isSentThere = isInsideWechat(req) || outsideWechat === 'redirect'
    if (isSentThere) return sendToLogin(req, res)
    if (outsideWechat !== undefined) return outsideWechat(req, res, next)
    if (gateway ? gateway.isLoopback : isSimulated(tokenManager)) return sendToLogin(req, res)
    return sendNoticePage(res, OPEN_IN_WECHAT)
  }

  function sendToLogin(req: Request, res: Response): void {
    if (isLoginOnSameHost(req, loginPath)) throw loginBehindGuard()
    const rounds = gateway ? roundOf(req.originalUrl) : 0
    gateway?.assertCookieArrives(rounds)
    redirect(res, loginUrlFor(req, rounds + 1))
  }

  /** The login's address, with the page that was asked for to come back to. */
  function loginUrlFor(req: Request, round = 1): string {
    const query = new URLSearchParams()
    // A script's own address is no page to come back to: its page says where it is.
    if (isPageRequest(req)) {
      const page = loginPath.startsWith('/') ? pathOf(req) : originOfRequest(req) + pathOf(req)
      query.set('state', gateway ? withRound(page, round) : page)
    }
    if (scope !== undefined) query.set('scope', scope)
    return query.size > 0 ? `${loginPath}?${query}` : loginPath
  }

  function answerError(error: WechatError, req: Request, res: Response): void {
    if (MENDED_BY_LOGIN.includes(error.code) && isPageRequest(req)) {
      const link = { href: loginUrlFor(req), label: '重新登录' }
      sendNoticePage(res, { status: error.status, title: '登录没有完成', text: error.userMessage, link })
    } else if (error.status === 401) {
      sendError(res, error, { loginUrl: loginUrlFor(req) })
    } else {
      sendError(res, error)
    }
  }

  return handle(guard, onError ?? answerError)
}

const defaultGuard = createGuard({})

/** A person can do something about these: log in again. */
const MENDED_BY_LOGIN = ['scope_not_granted', 'login_not_kept', 'gateway_cookie_missing']
const LONGEST_PATH = MAX_URL_LENGTH - 260 - MARK_LENGTH

const OPEN_IN_WECHAT = {
  status: 403,
  title: '请在微信中打开',
  text: '这个页面需要微信登录，请在微信客户端打开链接。',
}

function toWechatLogin(login: SessionLogin): WechatLogin {
  return {
    openid: login.openid,
    ...(login.unionid !== undefined && { unionid: login.unionid }),
    scope: login.scope,
    isSnapshotUser: login.isSnapshotUser,
    loggedInAt: new Date(login.loggedInAt),
  }
}

/**
 * The two addresses of the login on which nobody can be logged in yet. A guard that stands before the router lets them
 * pass: otherwise it sends people from the login to the login for ever. A `loginPath` with a host lets nothing pass,
 * because the client chooses what the Host header says.
 */
function isLoginAddress(req: Request, loginPath: string): boolean {
  if (!loginPath.startsWith('/')) return false
  const path = req.originalUrl.split('?')[0]
  return path === loginPath || path === `${loginPath}/code`
}

function isLoginOnSameHost(req: Request, loginPath: string): boolean {
  return !loginPath.startsWith('/') && originOfRequest(req) + req.originalUrl.split('?')[0] === loginPath
}

/** Of the page that was asked for, as logins take it. */
function pathOf(req: Request): string {
  // "//host" would be another site, and an absolute-form request line anything at all.
  const path = req.originalUrl.startsWith('/') ? withoutRound(req.originalUrl).replace(/^\/+/, '/') : '/'
  // Browsers leave "\" in a query as it is, and some clients send raw bytes: the login takes neither.
  const plainPath = path.replace(
    /[\\\x80-\xff]/g,
    byte => `%${byte.charCodeAt(0).toString(16).toUpperCase()}`,
  )
  // Longer than a login takes, with its origin: then the page without its query.
  return plainPath.length <= LONGEST_PATH ? plainPath : (plainPath.split('?')[0] ?? '/')
}

function redirect(res: Response, url: string): void {
  res.status(302).set({ Location: url, 'Cache-Control': 'no-store', Vary: 'Cookie, User-Agent' }).end()
}

/**
 * Whose logins count. Without a token manager of its own it is the account of the environment, so that a session from
 * before a change of account opens nothing.
 */
function appIdOf(tokenManager: TokenManager | undefined): string | undefined {
  return (tokenManager ?? existingDefaultTokenManager())?.appId ?? (process.env.WECHAT_APP_ID || undefined)
}

/** Whether people log in at the simulator, which any browser can. */
function isSimulated(tokenManager: TokenManager | undefined): boolean {
  const manager = tokenManager ?? existingDefaultTokenManager()
  return manager ? manager[internals].account.isSimulated : /^wxsim/.test(process.env.WECHAT_APP_ID ?? '')
}

function loginNotKept(): WechatError {
  return new WechatError(
    "a login did not last until the next page: the session's cookie did not come back (its domain, path and sameSite, which must not be 'strict'), or the guard's sessionKey is not the router's, or the session store forgot it: a MemoryStore after a restart or with several processes, or processes with another SESSION_SECRET (see \"Many processes\" in the README)",
    { code: 'login_not_kept', status: 500, userMessage: '登录状态没有保存下来，请重试' },
  )
}

function loginBehindGuard(): WechatConfigError {
  return new WechatConfigError(
    'requireWechatLogin stands before the router that serves its own loginPath: mount wechatAuthRouter() first, or give "loginPath" without the host',
    'login_behind_guard',
  )
}

function scopeNotGranted(): WechatRequestError {
  return new WechatRequestError('WeChat did not grant the scope that this page needs', {
    code: 'scope_not_granted',
    status: 403,
    userMessage: '需要授权获取个人信息',
  })
}
