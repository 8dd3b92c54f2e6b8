import type { Request, Response } from 'express'
import { publishLogout } from '../hooks/login-events.js'
import { runLogoutHook } from '../hooks/run-logout-hook.js'
import { redirectLoopCookie } from '../redirect-loop.js'
import { endOutcome } from './code-exchange.js'
import type { LoginFlow } from './login-flow.js'

/**
 * Ends a login: its session, the browser's login nonce, the cookie against redirect loops, and the stored outcome of its
 * code. With the stored outcome, the Back button would log the person in again within a minute.
 */
export async function endLogin(flow: LoginFlow, req: Request, res: Response): Promise<void> {
  flow.cookies.clearLoginNonce(req, res)
  redirectLoopCookie.clear(res)
  const login = await flow.session.end(req, flow.keepSessionKeys)
  if (!login) return
  if (login.loginId !== undefined) await endOutcome(flow.context, login.loginId)
  publishLogout(login)
  await runLogoutHook(flow, req, login)
}
