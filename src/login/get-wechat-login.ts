import type { Request } from 'express'
import { z } from 'zod'
import { type TokenManagerOption, tokenManagerShape } from '../tokens/manager-option.js'
import type { TokenManager } from '../tokens/token-manager.js'
import { parseOptions } from '../util/parse-options.js'
import type { UserInfo } from '../wechat-api/oauth.js'
import { createLoginSession, sessionOptionsShape, type WechatSessionOptions } from './login-session.js'
import { readAppId } from './session-source.js'
import { toWechatLogin, type WechatLogin } from './wechat-login.js'

/** The options of {@link getWechatLogin}. */
export interface GetWechatLoginOptions extends TokenManagerOption, WechatSessionOptions {}

/** The login that a guard found for a request, with the session key and the account of that guard. */
export interface GuardedLogin {
  /** The login; undefined for a visitor. */
  login: WechatLogin | undefined
  sessionKey: string
  /** The app id; undefined for a gateway's login, whose account this app does not know. */
  appId: string | undefined
  /** The token manager that the guard was given. */
  tokenManager: TokenManager | undefined
  /** Asks the gateway for the person's profile; undefined for a guard without `gateway`. */
  readUserInfo: (() => Promise<UserInfo>) | undefined
}

/** The login is a property of the request, because that takes a fraction of the time of an entry in a `WeakMap`. */
const GUARDED_LOGIN = Symbol('express-wechat guarded login')

type GuardedRequest = Request & { [GUARDED_LOGIN]?: GuardedLogin }

/** The options of `getWechatLogin` and of `getWechatUserInfo`. */
export const getWechatLoginSchema = z.strictObject({ ...tokenManagerShape, ...sessionOptionsShape })

/**
 * The person who is logged in, for handlers with and without a guard; undefined if nobody is logged in.
 *
 * Returns what `requireWechatLogin()` found on this request, and otherwise the login of this session. A login that a
 * gateway keeps is found only behind a guard with `gateway`.
 *
 * @example
 * app.get('/', (req, res) => {
 *   const login = getWechatLogin(req)
 *   res.send(login ? `hello ${login.openid}` : 'hello')
 * })
 *
 * @throws {WechatUnavailableError} if there is no session at all, which is not taken for "nobody is logged in"
 * @throws {WechatConfigError} naming the option
 */
export function getWechatLogin(req: Request, options: GetWechatLoginOptions = {}): WechatLogin | undefined {
  const { tokenManager, sessionKey } = parseOptions('getWechatLogin', getWechatLoginSchema, options)
  const guarded = findGuardedLogin(req, options)
  if (guarded) return guarded.login
  const session = createLoginSession({ sessionKey, appId: readAppId(tokenManager) })
  const login = session.read(req)
  return login && toWechatLogin(login)
}

/** What a guard found on this request, if it is of the account and the session that the options name. */
export function findGuardedLogin(
  req: GuardedRequest,
  { sessionKey, tokenManager }: GetWechatLoginOptions,
): GuardedLogin | undefined {
  const guarded = req[GUARDED_LOGIN]
  const isAskedFor =
    (sessionKey === undefined || guarded?.sessionKey === sessionKey) &&
    (tokenManager === undefined || guarded?.appId === undefined || guarded.appId === tokenManager.appId)
  return isAskedFor ? guarded : undefined
}

/** Sets `req.wechat`, and keeps the guard's result on the request for {@link getWechatLogin}. */
export function setGuardedLogin(req: GuardedRequest, guarded: GuardedLogin): void {
  if (guarded.login) req.wechat = guarded.login
  // A guard of another account, which ran before this one, can have set `req.wechat`.
  else Reflect.deleteProperty(req, 'wechat')
  req[GUARDED_LOGIN] = guarded
}
