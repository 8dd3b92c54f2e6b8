import type { Request } from 'express'
import { configError } from '../../errors/create-error.js'
import { publishFailure } from '../../http/report-failure.js'
import { describeThrown } from '../../util/describe-thrown.js'
import type { SessionLogin } from '../login-session.js'
import { toWechatLogin } from '../wechat-login.js'
import { callWithin, type LoginHookRun } from './run-login-hook.js'

/** Runs the app's `onLogout`. The login has ended already, so a failure is reported and does not fail the answer. */
export async function runLogoutHook(
  { context, hooks }: LoginHookRun,
  req: Request,
  login: SessionLogin,
): Promise<void> {
  const { onLogout, onLoginTimeoutMs } = hooks
  if (!onLogout) return
  try {
    await callWithin(context, onLoginTimeoutMs, () => onLogout({ login: toWechatLogin(login), req }))
  } catch (error) {
    publishFailure(configError('logout_hook_failed', `The onLogout hook threw ${describeThrown(error)}`))
  }
}
