import type { NextFunction, Request, RequestHandler, Response } from 'express'
import { z } from 'zod'
import { requestError } from '../errors/create-error.js'
import type { WechatError } from '../errors/errors.js'
import { errorAnswerShape, type WechatErrorAnswerOption } from '../http/error-answer-option.js'
import { asyncGuard, type WechatGuard } from '../http/guard.js'
import { markKnownCaller } from '../http/known-caller.js'
import { PATH_PREFIX, readForwardedPrefix } from '../http/origin/request-origin.js'
import { isPageRequest } from '../http/request.js'
import { redirect, sendError } from '../http/respond.js'
import { type TokenManagerOption, tokenManagerShape } from '../tokens/manager-option.js'
import { noteOutcome } from '../util/debug-request.js'
import { http } from '../util/node-http.js'
import { parseOptions } from '../util/parse-options.js'
import type { Scope } from '../wechat-api/oauth.js'
import { sendFailurePage, sendProblemPage } from './failure-page.js'
import { sendFragmentPage } from './fragment-page.js'
import { gatewayOptionSchema, type WechatGatewayOptions } from './gateway/gateway-options.js'
import { createGatewaySource } from './gateway/gateway-source.js'
import { type GuardedLogin, setGuardedLogin } from './get-wechat-login.js'
import { hasScope, sessionOptionsShape, type WechatSessionOptions } from './login-session.js'
import type { FoundLogin, LoginSource } from './login-source.js'
import { isInSimulatedPhone, isInsideWechat, sendOpenInWechatPage } from './outside-wechat.js'
import { scopeSchema } from './scope.js'
import { createSessionSource, readAppId } from './session-source.js'
import type { LoginMode } from './silent/login-mode.js'
import { createVisitors } from './silent/visitors.js'
import type { WechatLogin } from './wechat-login.js'

/** The options of {@link requireWechatLogin}. */
export interface RequireWechatLoginOptions
  extends TokenManagerOption,
    WechatErrorAnswerOption,
    WechatSessionOptions {
  /** Where a login begins: the path of `wechatAuthRouter`'s `/auth`. @default '/wechat/auth' */
  loginPath?: string | undefined
  /** The scope that a login must have. A person without it logs in again; a refusal leads to 403. @default any */
  scope?: Scope | undefined
  /**
   * What a browser other than WeChat's gets instead of a login that it can't pass: your handler, `'scan'` for a QR code
   * that logs it in by WeChat on a phone, or `'redirect'` to begin the login all the same. `'scan'` needs
   * `scanLogin` of the router, or of the gateway.
   * @default a page that says to open the address in WeChat; against the simulator, 'redirect'
   */
  outsideWechat?: 'scan' | 'redirect' | RequestHandler | undefined
  /**
   * The address of a gateway on the same site that keeps the logins, such as `https://m.example.com/wechat`, or its
   * options. The guard asks it to whom the browser's session there belongs, and the gateway logs people in. The
   * gateway has to list this app's origin in its allowed origins. `loginPath` has no effect then.
   * @default none
   */
  gateway?: string | WechatGatewayOptions | undefined
  /**
   * The path that a proxy strips before this app, such as `/h5`. It is put before the login's path and the page to
   * return to.
   * @default ''
   */
  publicPath?: string | undefined
  /**
   * Whether the `X-Forwarded-Prefix` header says what the proxy has stripped; it overrides `publicPath`. Set it only if
   * the proxy overwrites the header, because clients can send it too.
   * @default false
   */
  trustForwardedPrefix?: boolean | undefined
  /**
   * Whether a login returns to the page with its fragment, such as `#/route` of a single-page app. Browsers send no
   * fragment, so a small page with a script begins the login instead of a redirect.
   * @default false
   */
  keepFragment?: boolean | undefined
  /**
   * Whether people who are not logged in pass too, as visitors: `getWechatLogin(req)` is undefined for them. People to
   * whom WeChat shows a snapshot page are visitors, and so is everybody if there is no session, or the gateway is down.
   * `outsideWechat` has no effect then, and a person without `scope` is a visitor.
   * @default false
   */
  optional?: boolean | undefined
  /**
   * With `optional`: whether a page in WeChat tries one login with `snsapi_base`, which shows the person nothing, before
   * it takes them for a visitor. However it ends, the person comes back to the page, and a mark in its address keeps the
   * guard from trying again within five minutes. Open the page once in WeChat before you switch this on: if the domain or
   * the app id is wrong, open.weixin.qq.com shows an error of its own and does not come back.
   * @default false
   */
  silent?: boolean | undefined
  /**
   * The age, in seconds, from which a login is renewed: another WeChat account on the same phone is taken for the first
   * one until then. A page is redirected to a login with `snsapi_base`, which shows the person nothing; the same person
   * keeps the session's values and what was granted, and another person gets a new session. Other requests get 401 with
   * the login's address. At least 60.
   * @default no limit
   */
  maxAgeSeconds?: number | undefined
}

/** The guard of {@link requireWechatLogin}: a factory, and a middleware with its defaults if it is not called. */
export interface RequireWechatLogin extends WechatGuard {
  (options?: RequireWechatLoginOptions): WechatGuard
}

const optionsSchema = z
  .strictObject({
    ...tokenManagerShape,
    ...errorAnswerShape,
    ...sessionOptionsShape,
    loginPath: z
      .string('must be a path such as "/wechat/auth", or a URL')
      .regex(/^(?:\/(?!\/)|https?:\/\/)[^\s?#]*$/, 'must be a path such as "/wechat/auth", or a URL')
      .default('/wechat/auth'),
    scope: scopeSchema.optional(),
    outsideWechat: z
      .union(
        [z.enum(['scan', 'redirect']), z.custom<RequestHandler>(value => typeof value === 'function')],
        'must be "scan", "redirect" or a handler',
      )
      .optional(),
    gateway: gatewayOptionSchema.optional(),
    publicPath: z
      .string('must be a path such as "/h5"')
      .regex(PATH_PREFIX, 'must be a path such as "/h5", without "/" at its end')
      .or(z.literal(''))
      .default(''),
    trustForwardedPrefix: z.boolean('must be true or false').default(false),
    keepFragment: z.boolean('must be true or false').default(false),
    optional: z.boolean('must be true or false').default(false),
    silent: z.boolean('must be true or false').default(false),
    maxAgeSeconds: z
      .number('must be a number of seconds')
      .int('must be a whole number of seconds')
      .min(60, 'must be at least 60 (seconds)')
      .optional(),
  })
  .refine(({ gateway, scope }) => gateway === undefined || scope !== 'snsapi_userinfo', {
    path: ['scope'],
    message: 'can\'t be "snsapi_userinfo" with a gateway, which decides what its logins ask for',
  })
  .refine(({ silent, optional }) => !silent || optional, {
    path: ['silent'],
    message: 'needs "optional: true", since a silent login can fail',
  })
  .refine(({ silent, keepFragment }) => !silent || !keepFragment, {
    path: ['silent'],
    message: 'can\'t be together with "keepFragment", whose page needs a script to go on',
  })
  .refine(({ silent, scope }) => !silent || scope !== 'snsapi_userinfo', {
    path: ['silent'],
    message: 'asks for "snsapi_base" alone, so "scope" can\'t be "snsapi_userinfo"',
  })

type GuardOptions = z.output<typeof optionsSchema>

/** The codes of errors that another login can remove, so that their page has a link to the login. */
const MENDED_BY_LOGIN = ['scope_not_granted', 'login_not_kept', 'login_lost', 'gateway_cookie_missing']

/**
 * Passes requests of people who are logged in, and sets `req.wechat` for them. Others are redirected to the login if
 * they request a page, and get 401 with the login's address if a script requests data. Requests for the login itself
 * pass, so that the guard can run before the router. With `optional`, everybody passes.
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
  // If the app mounts `requireWechatLogin` without calling it, Express calls it with a request.
  if (first instanceof http.IncomingMessage && res && next)
    return runDefaultGuard(first as Request, res, next)
  return createGuard(parseOptions('requireWechatLogin', optionsSchema, first))
}) as RequireWechatLogin

let defaultGuard: WechatGuard | undefined

function runDefaultGuard(req: Request, res: Response, next: NextFunction): void {
  defaultGuard ??= createGuard(parseOptions('requireWechatLogin', optionsSchema, {}))
  defaultGuard(req, res, next)
}

function createGuard(options: GuardOptions): WechatGuard {
  const { tokenManager, sessionKey, scope, outsideWechat, keepFragment, optional, maxAgeSeconds, onError } =
    options
  const source = createLoginSource(options)
  const visitors = createVisitors({ ...options, source })
  // A gateway does not say to which account its logins belong.
  const findAppId = () => (options.gateway ? undefined : readAppId(tokenManager))

  async function guard(req: Request, res: Response, next: NextFunction): Promise<unknown> {
    const found = await source.read(req)
    if (found && isSufficient(found)) return pass(req, res, next, found)
    if (source.isLoginAddress(req)) return passLoginAddress(req, next)
    const mode = chooseMode(found)
    if (!isPageRequest(req)) throw requestError(mode === 'renewal' ? 'login_too_old' : 'not_logged_in')
    if (!found) source.assertLoginLasted(req, res)
    return answerPage(req, res, next, mode)
  }

  /**
   * Chooses the login for a request whose login is missing or not sufficient.
   * @throws {WechatRequestError} 403 if the person refused the scope before
   */
  function chooseMode(found: FoundLogin | undefined): LoginMode {
    if (!found) return 'login'
    if (isGranted(found)) return 'renewal'
    if (wasRefused(found)) throw requestError('scope_not_granted')
    return 'login'
  }

  /** The guard for the option `optional`: it passes people without a sufficient login as visitors. */
  async function visitorGuard(req: Request, res: Response, next: NextFunction): Promise<void> {
    const { found, isDown } = await visitors.find(req)
    if (found && isSufficient(found)) return pass(req, res, next, found)
    if (isDown || !visitors.beginsSilentLogin(req)) return passVisitor(req, next)
    noteOutcome(req, 'redirected to a silent login')
    source.rememberSilentTry(req, res)
    redirectVisitor(res, source.nextLoginUrl(req, 'silent'))
  }

  function isSufficient(found: FoundLogin): boolean {
    return isGranted(found) && !isTooOld(found)
  }

  /** A login with a time in the future is not too old: the clock of another machine is ahead. */
  function isTooOld({ login }: FoundLogin): boolean {
    return maxAgeSeconds !== undefined && Date.now() - login.loggedInAt.getTime() > maxAgeSeconds * 1000
  }

  function isGranted({ login }: FoundLogin): boolean {
    return scope === undefined || hasScope(login.scope, scope)
  }

  /** Whether the scope was asked for and not granted. */
  function wasRefused({ askedScope }: FoundLogin): boolean {
    return scope !== undefined && hasScope(askedScope, scope)
  }

  function pass(req: Request, res: Response, next: NextFunction, { login }: FoundLogin): void {
    // Few addresses hold parameters that the login added, so this check comes first: to parse the Accept header takes
    // most of a guard's time.
    const cleanUrl = source.cleanPageUrl(req)
    if (cleanUrl !== undefined && isPageRequest(req)) {
      noteOutcome(req, 'redirected to the same page without the marks of the login')
      redirectVisitor(res, cleanUrl)
      return
    }
    markKnownCaller(req)
    setGuardedLogin(req, describeGuarded(req, login))
    next()
  }

  function describeGuarded(req: Request, login: WechatLogin | undefined): GuardedLogin {
    const readUserInfo = source.readUserInfo?.bind(source, req)
    return { login, sessionKey, appId: findAppId(), tokenManager, readUserInfo }
  }

  function passVisitor(req: Request, next: NextFunction): void {
    noteOutcome(req, 'passed as a visitor')
    setGuardedLogin(req, describeGuarded(req, undefined))
    next()
  }

  function passLoginAddress(req: Request, next: NextFunction): void {
    noteOutcome(req, 'passed without a login, since it is a request of the login itself')
    next()
  }

  /** Answers a page request without a sufficient login. */
  function answerPage(req: Request, res: Response, next: NextFunction, mode: LoginMode): unknown {
    if (isInsideWechat(req) || outsideWechat === 'redirect' || isScanningPhone(req)) {
      return sendToLogin(req, res, mode)
    }
    // A computer can't renew a login by itself, so its person scans again.
    if (outsideWechat === 'scan') return sendToScan(req, res)
    if (outsideWechat !== undefined) {
      noteOutcome(req, 'left to the handler outsideWechat')
      return outsideWechat(req, res, next)
    }
    if (source.isOpenToAnyBrowser()) return sendToLogin(req, res, mode)
    noteOutcome(req, 'answered with the page for browsers outside WeChat')
    return sendOpenInWechatPage(res)
  }

  /** Whether the browser is the simulator's phone, which scans what a computer shows. */
  function isScanningPhone(req: Request): boolean {
    return outsideWechat === 'scan' && source.isOpenToAnyBrowser() && isInSimulatedPhone(req)
  }

  /** The address at which this browser can log in. */
  function loginUrlFor(req: Request, mode: LoginMode): string {
    const isComputer = outsideWechat === 'scan' && !isInsideWechat(req) && !isScanningPhone(req)
    return isComputer ? toScanUrl(source.loginUrl(req, 'login')) : source.loginUrl(req, mode)
  }

  function sendToLogin(req: Request, res: Response, mode: LoginMode): void {
    const loginUrl = source.nextLoginUrl(req, mode)
    noteOutcome(req, mode === 'renewal' ? 'redirected to the renewal of a login' : 'redirected to the login')
    sendTo(res, loginUrl)
  }

  function sendToScan(req: Request, res: Response): void {
    const loginUrl = toScanUrl(source.nextLoginUrl(req, 'login'))
    noteOutcome(req, 'redirected to the login by scanning')
    sendTo(res, loginUrl)
  }

  function sendTo(res: Response, loginUrl: string): void {
    if (keepFragment) sendFragmentPage(res, loginUrl)
    else redirectVisitor(res, loginUrl)
  }

  function answerError(error: WechatError, req: Request, res: Response): void {
    if (isPageRequest(req)) {
      answerPageError(error, req, res)
    } else if (error.status === 401) {
      const mode = error.code === 'login_too_old' ? 'renewal' : 'login'
      sendError(res, error, { loginUrl: loginUrlFor(req, mode) })
    } else {
      sendError(res, error)
    }
  }

  function answerPageError(error: WechatError, req: Request, res: Response): void {
    const simulatorOrigins = source.simulatorOrigins()
    if (MENDED_BY_LOGIN.includes(error.code)) {
      sendFailurePage(res, error, { loginUrl: loginUrlFor(req, 'login'), simulatorOrigins })
    } else {
      sendProblemPage(res, error, simulatorOrigins)
    }
  }

  return asyncGuard(optional ? visitorGuard : guard, onError ?? answerError)
}

function createLoginSource(options: GuardOptions): LoginSource {
  const { gateway, publicPath, trustForwardedPrefix } = options

  function readPrefix(req: Request): string {
    return (trustForwardedPrefix ? readForwardedPrefix(req) : undefined) ?? publicPath
  }

  return gateway
    ? createGatewaySource({ ...options, gateway, readPrefix })
    : createSessionSource({ ...options, readPrefix })
}

/** The address at which a computer begins the same login by scanning. */
function toScanUrl(loginUrl: string): string {
  return loginUrl.replace(/(?=\?|$)/, '/scan')
}

/** Redirects with `Vary`, because the redirect depends on the login (Cookie) and on the browser (User-Agent). */
function redirectVisitor(res: Response, url: string): void {
  redirect(res, url, ['Cookie', 'User-Agent'])
}
