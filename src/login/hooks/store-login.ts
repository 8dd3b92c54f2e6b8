import type { Request, Response } from 'express'
import type { SessionLogin } from '../login-session.js'
import { endOutcome } from '../oauth/code-exchange.js'
import type { LoginFlow } from '../oauth/login-flow.js'
import { redirectLoopCookie } from '../redirect-loop.js'
import { publishLogin } from './login-events.js'
import type { LoginMethod } from './login-hooks.js'

export interface CompletedLogin {
  login: SessionLogin
  /** What `onLogin` returned for the session, and what a renewal keeps of the session before. */
  values: Readonly<Record<string, unknown>>
  via: LoginMethod
  /** Whether this is the second callback of one login. The first one has already reported the login to operators. */
  isRepeat: boolean
}

/**
 * Logs a person in: moves to a new session that holds the login, and tells operators of it. The login of another person
 * that the session held is ended, too: the Back button would otherwise bring that person back.
 */
export async function storeLogin(
  flow: LoginFlow,
  req: Request,
  res: Response,
  { login, values, via, isRepeat }: CompletedLogin,
): Promise<void> {
  const replaced = flow.session.read(req)
  await flow.session.establish(req, login, flow.keepSessionKeys, values)
  redirectLoopCookie.set(req, res, {
    loginPath: flow.loginPath(req),
    sessionKey: flow.sessionKey,
    isSecure: flow.publicOrigin.isSecure(req),
    key: flow.states,
  })
  if (replaced?.loginId !== undefined && replaced.openid !== login.openid) {
    await endOutcome(flow.context, replaced.loginId)
  }
  if (!isRepeat) publishLogin(login, via)
}
