import type { Request } from 'express'
import { optionError } from '../../errors/create-error.js'
import type { WechatError } from '../../errors/errors.js'
import type { PublicOrigin } from '../../http/origin/public-origin.js'
import { createFailureReporter } from '../../http/report-failure.js'
import type { AccountContext } from '../../tokens/context.js'
import type { LoginHooks } from '../hooks/login-hooks.js'
import { createLoginSession, type LoginSession } from '../login-session.js'
import { createSilentMark, type SilentMark } from '../silent/silent-mark.js'
import { createLoginCookies, type LoginCookies } from './login-cookies.js'
import { createLoginStates, type LoginStates } from './login-state.js'
import { isLoginItself } from './return-url.js'

/** The parts of an account's login that all its steps share. */
export interface LoginFlow {
  readonly context: AccountContext
  readonly publicOrigin: PublicOrigin
  readonly session: LoginSession
  /** The name of the login in the session. */
  readonly sessionKey: string
  readonly states: LoginStates
  readonly cookies: LoginCookies
  readonly allowSnapshotUser: boolean
  readonly keepSessionKeys: readonly string[]
  readonly hooks: LoginHooks
  readonly silentMark: SilentMark
  /** Reports a failure to operators, because the answer does not show it. */
  reportFailure(error: WechatError): void
  /** The path of the login's beginning for this request, such as `/wechat/auth`. */
  loginPath(req: Request): string
  /**
   * The page to return to if a login names none. The operator chose it, so it may be of any origin.
   * @throws {WechatConfigError} if the page leads into the login itself
   */
  defaultReturnUrl(req: Request): string
}

export interface LoginFlowOptions {
  /** The name of the public factory, for error messages. */
  factory: string
  context: AccountContext
  publicOrigin: PublicOrigin
  sessionKey: string
  defaultReturnUrl: string
  allowSnapshotUser: boolean
  keepSessionKeys: readonly string[]
  hooks: LoginHooks
}

export function createLoginFlow(options: LoginFlowOptions): LoginFlow {
  const { factory, context, publicOrigin, sessionKey, allowSnapshotUser, keepSessionKeys, hooks } = options
  const { account, clock } = context
  const loginPath = (req: Request) => `${publicOrigin.basePath(req)}/auth`
  const states = createLoginStates(account, clock)

  return {
    context,
    publicOrigin,
    session: createLoginSession({ sessionKey, appId: account.appId }),
    states,
    cookies: createLoginCookies(states, {
      appId: account.appId,
      isSecure: publicOrigin.isSecure,
      path: loginPath,
    }),
    sessionKey,
    allowSnapshotUser,
    keepSessionKeys,
    hooks,
    silentMark: createSilentMark(sessionKey),
    reportFailure: createFailureReporter(),
    loginPath,
    defaultReturnUrl(req) {
      const url = new URL(options.defaultReturnUrl, publicOrigin.get(req))
      if (!isLoginItself(publicOrigin, req, url)) return url.href
      throw optionError(factory, 'defaultReturnUrl', 'leads into the login itself, which would never end')
    },
  }
}
