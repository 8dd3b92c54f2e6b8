import { type Request, type Response, Router } from 'express'
import { z } from 'zod'
import type { WechatError } from '../errors/errors.js'
import { asyncHandler, type WechatErrorAnswer } from '../http/async-handler.js'
import { errorAnswerShape, type WechatErrorAnswerOption } from '../http/error-answer-option.js'
import { corsShape, createCors, type WechatCorsOption } from '../http/origin/cors.js'
import {
  assertOwnPage,
  createPublicOrigin,
  originOptionsShape,
  type WechatOriginOptions,
} from '../http/origin/public-origin.js'
import { isPageRequest } from '../http/request.js'
import { sendError, sendNoContent, sendPrivate } from '../http/respond.js'
import { route, sendNotFound } from '../http/route.js'
import { getContext } from '../tokens/context.js'
import { resolveTokenManager, type TokenManagerOption, tokenManagerShape } from '../tokens/manager-option.js'
import { parseOptions } from '../util/parse-options.js'
import { assertAppSecret } from '../wechat-api/account.js'
import type { Scope } from '../wechat-api/oauth.js'
import { readSimulatorOrigins, sendProblemPage } from './failure-page.js'
import { loginHooksShape, type WechatLoginHookOptions } from './hooks/login-hooks.js'
import { sessionOptionsShape, type WechatSessionOptions } from './login-session.js'
import { beginLogin } from './oauth/begin-login.js'
import { answerCallbackError, answerPlainHttp } from './oauth/callback-error.js'
import { endLogin } from './oauth/end-login.js'
import { finishLogin } from './oauth/finish-login.js'
import { createLoginFlow } from './oauth/login-flow.js'
import { getUserInfoReader } from './profile/user-info-readers.js'
import { createDesktopHandlers } from './scan/desktop-handlers.js'
import { createPhoneHandlers } from './scan/phone-handlers.js'
import { createScanErrorAnswer } from './scan/scan-error.js'
import { createScanLogin, type ScanLogin } from './scan/scan-login.js'
import { scopeSchema } from './scope.js'
import { toWechatLogin } from './wechat-login.js'

/** The options of {@link wechatAuthRouter}. */
export interface WechatAuthOptions
  extends TokenManagerOption,
    WechatErrorAnswerOption,
    WechatSessionOptions,
    WechatOriginOptions,
    WechatCorsOption,
    WechatLoginHookOptions {
  /**
   * What logins ask for: `snsapi_base` shows nothing and gives the openid; `snsapi_userinfo` asks the person and gives
   * nickname, avatar and unionid too. `?scope=` overrides it for one login.
   * @default the environment's WECHAT_SCOPE, else 'snsapi_base'
   */
  scope?: Scope | undefined
  /** The page to return to if a login names none: a path, or a URL of any origin. @default '/' */
  defaultReturnUrl?: string | undefined
  /**
   * Whether a person to whom WeChat shows a snapshot page is logged in, with a virtual account that differs next time.
   * @default false
   */
  allowSnapshotUser?: boolean | undefined
  /** Session values that are kept at login and logout; all others are dropped with the old session id. @default [] */
  keepSessionKeys?: readonly string[] | undefined
  /**
   * Whether people can log in on a computer by scanning a QR code with WeChat on their phone, at `/auth/scan`. The
   * login has the phone's openid. Set `publicUrl` too: phones confirm from its origin alone.
   * @default false
   */
  scanLogin?: boolean | undefined
}

/** The options of {@link wechatAuthRouter}, which `wechatRouter` takes too. */
export const authOptionsShape = {
  ...tokenManagerShape,
  ...errorAnswerShape,
  ...sessionOptionsShape,
  ...originOptionsShape,
  ...corsShape,
  ...loginHooksShape,
  scope: scopeSchema.optional(),
  defaultReturnUrl: z
    .string('must be a path such as "/", or a URL')
    .regex(/^(?:\/(?![/\\])|https?:\/\/)[^\s\\]*$/, 'must be a path such as "/", or a URL')
    .refine(text => URL.canParse(text, 'http://localhost'), 'must be a path such as "/", or a URL')
    .default('/'),
  allowSnapshotUser: z.boolean('must be true or false').default(false),
  keepSessionKeys: z
    .array(
      z.string().regex(/^(?!cookie$|__proto__$)/, 'must name values of the session'),
      'must be a list of names',
    )
    .default([]),
  scanLogin: z.boolean('must be true or false').default(false),
}

/** Scripts call these paths, so they get CORS headers. People navigate to the others, which no script may read. */
const SCRIPT_PATHS = ['/auth/user', '/auth/user/openid', '/auth/login', '/auth/logout']

const optionsSchema = z.strictObject(authOptionsShape)

const environmentSchema = z.object({
  WECHAT_SCOPE: z.preprocess(text => text || undefined, scopeSchema.optional()),
})

/**
 * Login by WeChat's OAuth, at paths below its mount: `/auth`, `/auth/code`, `/auth/login`, `/auth/user`,
 * `/auth/user/openid`, `/auth/logout`, and with `scanLogin` `/auth/scan`. Paths outside `/auth` go on to the
 * next handler.
 *
 * Needs `express-session` before it.
 *
 * @see 公众号文档 «网页授权»
 *
 * @example
 * app.use('/wechat', wechatAuthRouter({ tokenManager }))
 *
 * @throws {WechatConfigError} from the factory, naming the option
 */
export function wechatAuthRouter(options: WechatAuthOptions = {}): Router {
  return createAuthRouter('wechatAuthRouter', parseOptions('wechatAuthRouter', optionsSchema, options))
}

/** `factory` is the public factory that errors name. */
export function createAuthRouter(factory: string, options: z.output<typeof optionsSchema>): Router {
  const { onError } = options
  const { WECHAT_SCOPE } = parseOptions(factory, environmentSchema, process.env)
  const scope = options.scope ?? WECHAT_SCOPE ?? 'snsapi_base'
  const publicOrigin = createPublicOrigin(factory, options)
  const context = getContext(resolveTokenManager(options))
  assertAppSecret(factory, context.account)
  const flow = createLoginFlow({ ...options, factory, context, publicOrigin, hooks: options })
  const { session } = flow
  const reader = getUserInfoReader(context, options.sessionKey)

  function begin(req: Request, res: Response): void {
    beginLogin(flow, scope, req, res)
  }

  function finish(req: Request, res: Response): Promise<void> {
    return finishLogin(flow, req, res)
  }

  function answerBeginError(error: WechatError, req: Request, res: Response): void {
    if (error.code === 'https_required') answerPlainHttp(flow, error, req, res)
    else if (isPageRequest(req)) sendProblemPage(res, error, readSimulatorOrigins(context.account))
    else sendError(res, error)
  }

  async function user(req: Request, res: Response): Promise<void> {
    sendPrivate(res, await reader.read(req, session.require(req)))
  }

  function openid(req: Request, res: Response): void {
    sendPrivate(res, { openid: session.require(req).openid })
  }

  function login(req: Request, res: Response): void {
    sendPrivate(res, toWechatLogin(session.require(req)))
  }

  async function logout(req: Request, res: Response): Promise<void> {
    assertOwnPage(publicOrigin, req)
    await endLogin(flow, req, res)
    sendNoContent(res)
  }

  const router = Router({ caseSensitive: true, strict: true })
  router.all(SCRIPT_PATHS, createCors(publicOrigin, options))
  route(router, 'GET', '/auth', asyncHandler(begin, onError ?? answerBeginError))
  route(
    router,
    'GET',
    '/auth/code',
    asyncHandler(finish, onError ?? ((error, req, res) => answerCallbackError(flow, error, req, res))),
  )
  route(router, 'GET or HEAD', '/auth/login', asyncHandler(login, onError))
  route(router, 'GET or HEAD', '/auth/user', asyncHandler(user, onError))
  route(router, 'GET or HEAD', '/auth/user/openid', asyncHandler(openid, onError))
  route(router, 'POST', '/auth/logout', asyncHandler(logout, onError))
  if (options.scanLogin) mountScanLogin(router, createScanLogin(flow, scope), onError)
  router.use('/auth', sendNotFound)
  return router
}

/** No route of the scan login has a CORS header, because only the login's own pages use them. */
function mountScanLogin(router: Router, scan: ScanLogin, onError: WechatErrorAnswer | undefined): void {
  const desktop = createDesktopHandlers(scan)
  const phone = createPhoneHandlers(scan)
  const answerError = onError ?? createScanErrorAnswer(scan.simulatorOrigins)
  const show = asyncHandler(phone.show, answerError)
  const decide = asyncHandler(phone.decide, answerError)
  route(router, 'GET', '/auth/scan', asyncHandler(desktop.page, answerError))
  route(router, 'GET or POST', '/auth/scan/:ticket', (req, res, next) => {
    if (req.method === 'POST') decide(req, res, next)
    else show(req, res, next)
  })
  route(router, 'GET', '/auth/scan/:ticket/status', asyncHandler(desktop.status, onError))
  route(router, 'POST', '/auth/scan/:ticket/finish', asyncHandler(desktop.finish, onError))
}
