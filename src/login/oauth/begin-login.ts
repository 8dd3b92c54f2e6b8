import type { Request, Response } from 'express'
import { requestError } from '../../errors/create-error.js'
import { readQuery } from '../../http/request.js'
import { redirect } from '../../http/respond.js'
import { assertSessionCanKeepLogin } from '../../http/session.js'
import { noteOutcome } from '../../util/debug-request.js'
import type { Scope } from '../../wechat-api/oauth.js'
import { scopeSchema } from '../scope.js'
import { type LoginMode, MODE_PARAMETERS, readMode } from '../silent/login-mode.js'
import type { LoginFlow } from './login-flow.js'
import { redirectToPublicUrl } from './public-url-redirect.js'
import { parseReturnUrl } from './return-url.js'
import { endSilently, probeCookies } from './silent-login.js'

export interface LoginRequest {
  /** The page to return to, or empty for the default one. */
  returnUrl: string
  scope: Scope
  /** Whether the login begins again by itself, after a callback that could not be used. */
  isRestart: boolean
  mode: LoginMode
}

/**
 * Answers `GET {base}/auth?state={page}&scope={scope}`: redirects to WeChat's authorize page, or first to the login at
 * `publicUrl`. A guard adds the parameter `silent` or `renew` for a login of that mode.
 * @throws {WechatRequestError} 400 if the scope or the page is not acceptable
 */
export function beginLogin(flow: LoginFlow, defaultScope: Scope, req: Request, res: Response): void {
  if (redirectToPublicUrl(flow.publicOrigin, req, res)) return
  const mode = readMode(req)
  if (mode === 'silent') {
    beginSilentLogin(flow, req, res)
    return
  }
  assertSessionCanKeepLogin(req, flow.publicOrigin.isDowngraded(req))
  sendToWechat(flow, req, res, parseLoginRequest(flow, defaultScope, req, mode))
}

/**
 * Parses the scope and the page to return to from a request for a login.
 * @throws {WechatRequestError} 400 if the scope or the page is not acceptable
 */
export function parseLoginRequest(
  flow: LoginFlow,
  defaultScope: Scope,
  req: Request,
  mode: LoginMode,
): LoginRequest {
  const scope = parseScope(MODE_PARAMETERS[mode]?.scope ?? readQuery(req, 'scope') ?? defaultScope)
  return { returnUrl: readReturnUrl(flow, req), scope, isRestart: false, mode }
}

/** Begins a silent login. If it can't begin, the visitor is redirected to the page instead of getting the error. */
function beginSilentLogin(flow: LoginFlow, req: Request, res: Response): void {
  const returnUrl = readReturnUrl(flow, req)
  try {
    assertSessionCanKeepLogin(req, flow.publicOrigin.isDowngraded(req))
    if (probeCookies(flow, req, res, returnUrl)) return
    sendToWechat(flow, req, res, { returnUrl, scope: 'snsapi_base', isRestart: false, mode: 'silent' })
  } catch (error) {
    endSilently(flow, req, res, { error, returnUrl })
  }
}

function readReturnUrl(flow: LoginFlow, req: Request): string {
  const page = readQuery(req, 'state') ?? ''
  // This throws if the default page leads into the login, so that the error comes before the person logs in.
  if (page === '') flow.defaultReturnUrl(req)
  return page === '' ? '' : parseReturnUrl(flow.publicOrigin, req, page)
}

/** Sets the cookies of a login, and redirects to WeChat's authorize page. */
export function sendToWechat(flow: LoginFlow, req: Request, res: Response, login: LoginRequest): void {
  const { states, cookies, publicOrigin, context } = flow
  const { openBaseUrl, appId } = context.account
  noteOutcome(
    req,
    `redirected to WeChat with ${login.scope}${login.isRestart ? ', because the callback could not be used' : ''}`,
  )
  const loginNonce = cookies.ensureLoginNonce(req, res)
  const { state, id } = states.create({ loginNonce, ...login })
  cookies.keepReturnUrl(req, res, id, login.returnUrl)
  const redirectUri = encodeURIComponent(`${publicOrigin.get(req)}${flow.loginPath(req)}/code`)
  // WeChat refuses the address if its parameters have another order, or if the fragment is missing.
  redirect(
    res,
    `${openBaseUrl}/connect/oauth2/authorize?appid=${appId}&redirect_uri=${redirectUri}` +
      `&response_type=code&scope=${login.scope}&state=${state}#wechat_redirect`,
  )
}

function parseScope(value: string): Scope {
  const scope = scopeSchema.safeParse(value)
  if (scope.success) return scope.data
  throw requestError('bad_scope')
}
