import type { Request, Response } from 'express'
import { requestError } from '../../errors/create-error.js'
import { readQuery } from '../../http/request.js'
import { redirect } from '../../http/respond.js'
import { assertSessionCanKeepLogin } from '../../http/session.js'
import type { Scope } from '../../wechat-api/oauth.js'
import { scopeSchema } from '../scope.js'
import { hopToPublicUrl } from './hop.js'
import type { LoginFlow } from './login-flow.js'
import { parseReturnUrl } from './return-url.js'

export interface LoginRequest {
  /** The page to return to, or empty for the default one. */
  returnUrl: string
  scope: Scope
  /** Whether the login begins again by itself, after a callback that could not be used. */
  isRestart: boolean
}

/**
 * Answers `GET {base}/auth?state={page}&scope={scope}`: redirects to WeChat's authorize page, or first to the login at
 * `publicUrl`.
 * @throws {WechatRequestError} 400 if the scope or the page is not acceptable
 */
export function beginLogin(flow: LoginFlow, defaultScope: Scope, req: Request, res: Response): void {
  if (hopToPublicUrl(flow.publicOrigin, req, res)) return
  assertSessionCanKeepLogin(req, flow.publicOrigin.isDowngraded(req))
  sendToWechat(flow, req, res, parseLoginRequest(flow, defaultScope, req))
}

/** @throws {WechatRequestError} 400 if the scope or the page is not acceptable */
export function parseLoginRequest(flow: LoginFlow, defaultScope: Scope, req: Request): LoginRequest {
  const scope = parseScope(readQuery(req, 'scope') ?? defaultScope)
  const page = readQuery(req, 'state') ?? ''
  // A wrong default page is reported now, before the person has logged in.
  if (page === '') flow.defaultReturnUrl(req)
  const returnUrl = page === '' ? '' : parseReturnUrl(flow.publicOrigin, req, page)
  return { returnUrl, scope, isRestart: false }
}

/** Sets the cookies of a login, and redirects to WeChat's authorize page. */
export function sendToWechat(flow: LoginFlow, req: Request, res: Response, login: LoginRequest): void {
  const { states, cookies, publicOrigin, context } = flow
  const { openBaseUrl, appId } = context.account
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
