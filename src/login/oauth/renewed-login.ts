import type { Request } from 'express'
import { getSessionValues } from '../../http/session.js'
import type { SessionLogin } from '../login-session.js'
import { endOutcome, isOutcomeEnded } from './code-exchange.js'
import type { LoginFlow } from './login-flow.js'
import type { ParsedState } from './login-state.js'

/** The login that a session holds while another one finishes, with the other values of the session. */
export interface LoginBefore {
  login: SessionLogin
  values: Readonly<Record<string, unknown>>
}

/** Reads the login that a silent login or a renewal replaces; undefined for mode `login`, or if the session has none. */
export function readLoginBefore(
  flow: LoginFlow,
  req: Request,
  { mode }: ParsedState,
): LoginBefore | undefined {
  const login = mode === 'login' ? undefined : flow.session.read(req)
  if (!login) return undefined
  const { cookie: _cookie, ...values } = getSessionValues(req)
  return { login, values }
}

/**
 * Whether the person logged out while the login was renewed. The renewal ends then, too, so that it brings neither the
 * login nor the values of its session back.
 */
export async function endsWithLogout(
  { context }: LoginFlow,
  { login }: LoginBefore,
  { id }: ParsedState,
): Promise<boolean> {
  if (login.loginId === undefined || !(await isOutcomeEnded(context, login.loginId))) return false
  await endOutcome(context, id)
  return true
}

/**
 * Returns the new login of a silent login or a renewal, which asks for `snsapi_base` alone: the same person keeps the
 * scope and the token of the login before. Another person gets neither.
 */
export function keepGranted(before: SessionLogin, login: SessionLogin): SessionLogin {
  if (before.openid !== login.openid) return login
  const { scope, askedScope, userToken } = before
  return { ...login, scope, askedScope, userToken, unionid: login.unionid ?? before.unionid }
}
