import type { Request } from 'express'
import { z } from 'zod'
import type { UserInfo } from '../../wechat-api/oauth.js'
import type { WechatLogin } from '../wechat-login.js'
import type { LoginValues } from './login-values.js'

/** How a person logged in: in WeChat's browser, or by scanning the code that a computer shows. */
export type LoginMethod = 'oauth' | 'scan'

/** What {@link OnWechatLogin} gets. */
export interface OnWechatLoginInput {
  login: WechatLogin
  /** The request that finishes the login. Its session is still the one from before the login. */
  req: Request
  via: LoginMethod
  /**
   * Fetches the person's profile from WeChat. It is fetched once, however often this is called.
   * @throws {WechatRequestError} 403 if the login was not granted `snsapi_userinfo`
   */
  userInfo(): Promise<UserInfo>
  /** Aborts if the hook has not ended within `onLoginTimeoutMs`. The login is refused then. */
  signal: AbortSignal
}

/** What {@link OnWechatLogin} can return. */
export interface OnWechatLoginResult {
  /**
   * Values that the new session holds beside the login, such as the id of the app's own user. They are at most 8 KiB
   * as JSON.
   */
  session?: LoginValues | undefined
}

/**
 * Runs once for each login, before the session holds it. If it throws, nobody is logged in: a `WechatRequestError`
 * answers with its own status and `userMessage`, and any other error with 500.
 */
export type OnWechatLogin = (
  input: OnWechatLoginInput,
  // biome-ignore lint/suspicious/noConfusingVoidType: a function declared as `Promise<void | …>` is a hook as well
) => undefined | OnWechatLoginResult | Promise<undefined | OnWechatLoginResult | void> | void

/** Runs after a logout. Its failure is reported, and does not undo the logout. */
export type OnWechatLogout = (input: { login: WechatLogin; req: Request }) => unknown

/** The functions of the app that run at a login and after a logout. */
export interface WechatLoginHookOptions {
  /**
   * Runs once for each login, after WeChat told who the person is and before the session holds the login. A silent login
   * and a renewal by a guard's `maxAgeSeconds` are logins too. The `session` that it returns goes into the session.
   * @default none
   */
  onLogin?: OnWechatLogin | undefined
  /** Milliseconds within which `onLogin` has to end; otherwise the login is refused. @default 5,000 */
  onLoginTimeoutMs?: number | undefined
  /** Runs after a logout. The answer waits for it, at most `onLoginTimeoutMs`. @default none */
  onLogout?: OnWechatLogout | undefined
}

export const loginHooksShape = {
  onLogin: z
    .custom<OnWechatLogin>(value => typeof value === 'function', 'must be a function ({ login, req, … })')
    .optional(),
  onLoginTimeoutMs: z
    .number('must be a number of milliseconds')
    .int('must be a whole number of milliseconds')
    .min(100, 'must be at least 100 (milliseconds)')
    .max(30_000, 'must be at most 30000 (milliseconds)')
    .default(5_000),
  onLogout: z
    .custom<OnWechatLogout>(value => typeof value === 'function', 'must be a function ({ login, req })')
    .optional(),
}

/** The hooks of an app, as its router parsed them. */
export interface LoginHooks {
  onLogin?: OnWechatLogin | undefined
  onLoginTimeoutMs: number
  onLogout?: OnWechatLogout | undefined
}
