import type { Request } from 'express'
import { configError, requestError } from '../../errors/create-error.js'
import { type WechatError, WechatRequestError } from '../../errors/errors.js'
import { publishFailure } from '../../http/report-failure.js'
import type { AccountContext } from '../../tokens/context.js'
import { describeThrown } from '../../util/describe-thrown.js'
import { raceAbort } from '../../util/race-abort.js'
import { fetchUserInfo, type UserInfo } from '../../wechat-api/oauth.js'
import type { SessionLogin } from '../login-session.js'
import { isUserTokenFresh, refreshUserToken } from '../profile/user-info.js'
import { toWechatLogin } from '../wechat-login.js'
import { publishRefusedLogin } from './login-events.js'
import type { LoginHooks, LoginMethod } from './login-hooks.js'
import { type LoginValues, parseLoginValues } from './login-values.js'

export interface LoginHookRun {
  context: AccountContext
  hooks: LoginHooks
  /** The name of the login in the session. */
  sessionKey: string
}

/**
 * Runs the app's `onLogin` for a login that no session holds yet, and resolves to the values that the new session
 * holds beside the login. The caller makes sure that this happens once for each login. If the app asks for the profile
 * and the person's token has expired, `login` gets the new token.
 *
 * @throws {WechatError} if the app refuses the login, fails, or does not end in time
 */
export async function runLoginHook(
  { context, hooks, sessionKey }: LoginHookRun,
  req: Request,
  login: SessionLogin,
  via: LoginMethod,
): Promise<LoginValues> {
  const { onLogin, onLoginTimeoutMs } = hooks
  if (!onLogin) return {}
  try {
    const result = await callWithin(context, onLoginTimeoutMs, signal =>
      onLogin({
        login: toWechatLogin(login),
        req,
        via,
        userInfo: createUserInfoCall(context, login),
        signal,
      }),
    )
    return parseLoginValues(result, sessionKey)
  } catch (error) {
    const refusal = toRefusal(error, onLoginTimeoutMs)
    publishRefusedLogin(context.account, refusal, { openid: login.openid, via })
    throw refusal
  }
}

class HookTimeout extends Error {}

/** Calls a hook and rejects if it takes longer than `timeoutMs`: its signal aborts, and a later result is ignored. */
export async function callWithin<Result>(
  { clock }: AccountContext,
  timeoutMs: number,
  call: (signal: AbortSignal) => Result | Promise<Result>,
): Promise<Result> {
  const limit = new AbortController()
  const ended = new AbortController()
  clock.sleep(timeoutMs, ended.signal).then(
    () => limit.abort(new HookTimeout('The hook did not end in time')),
    () => {},
  )
  try {
    return await raceAbort(Promise.resolve(limit.signal).then(call), limit.signal)
  } finally {
    ended.abort()
  }
}

/** Makes a function that fetches the profile at its first call. Later calls share the result. */
function createUserInfoCall(context: AccountContext, login: SessionLogin): () => Promise<UserInfo> {
  let info: Promise<UserInfo> | undefined

  async function fetchOnce(): Promise<UserInfo> {
    const { userToken, openid } = login
    if (!userToken) throw requestError('scope_not_granted')
    // A renewal keeps the token of the login before, which may have expired.
    const freshToken = isUserTokenFresh(context, userToken)
      ? userToken
      : await refreshUserToken(context, userToken)
    login.userToken = freshToken
    return fetchUserInfo(context.client, freshToken.accessToken, openid)
  }

  return function userInfo() {
    if (!info) {
      info = fetchOnce()
      // An unhandled rejection ends the process, and a hook that fails first does not wait for the profile.
      info.catch(() => {})
    }
    return info
  }
}

/** An app refuses a person by a `WechatRequestError`. Anything else is a fault, which the answer does not explain. */
function toRefusal(error: unknown, timeoutMs: number): WechatError {
  if (error instanceof HookTimeout) {
    return configError('login_hook_timeout', `The onLogin hook did not end within ${timeoutMs} ms`)
  }
  if (error instanceof WechatRequestError && error.status >= 400 && error.status <= 599) {
    // asyncHandler publishes errors of status 500 and more, so only the others are published here.
    if (error.status < 500) publishFailure(error)
    return error
  }
  return configError('login_hook_failed', `The onLogin hook threw ${describeThrown(error)}`)
}
