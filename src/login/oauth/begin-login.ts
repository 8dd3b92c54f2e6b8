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
 * `publicUrl`. Guards add `silent` or `renew`.
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

/** @throws {WechatRequestError} 400 if the scope or the page is not acceptable */
export function parseLoginRequest(
  flow: LoginFlow,
  defaultScope: Scope,
  req: Request,
  mode: LoginMode,
): LoginRequest {
  const scope = parseScope(MODE_PARAMETERS[mode]?.scope ?? readQuery(req, 'scope') ?? defaultScope)
  return { returnUrl: readReturnUrl(flow, req), scope, isRestart: false, mode }
}

/** A silent login ends at its page, also if it can't begin. */
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
  // A wrong default page is reported now, before the person has logged in.
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
  // WeChat matches the whole address: its parameters keep this order, and the fragment is a part of it.
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
