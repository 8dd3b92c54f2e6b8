import type { Request } from 'express'
import { requestError } from '../../errors/create-error.js'
import { isDeadTokenError } from '../../errors/errors.js'
import type { AccountContext } from '../../tokens/context.js'
import { createSingleFlight } from '../../util/single-flight.js'
import { fetchUserInfo, refreshUserGrant, type UserInfo } from '../../wechat-api/oauth.js'
import type { LoginSession, SessionLogin } from '../login-session.js'

export type UserToken = NonNullable<SessionLogin['userToken']>

const REFRESH_AHEAD_MS = 60_000

/**
 * Makes a function that fetches the logged-in person's info with their own token, which it refreshes if the token
 * has expired.
 *
 * @throws {WechatRequestError} from the function: 403 if the login was not granted `snsapi_userinfo`
 */
export function createUserInfoReader(
  context: AccountContext,
  session: LoginSession,
): (req: Request, login: SessionLogin) => Promise<UserInfo> {
  const { client } = context
  /** A refresh can invalidate the refresh token that it used, so the requests of one session share one refresh. */
  const refreshes = createSingleFlight<string, UserToken>()

  function refreshOnce(req: Request, login: SessionLogin, expired: UserToken): Promise<UserToken> {
    return refreshes.run(req.sessionID, () => refresh(req, login, expired))
  }

  /** Refreshes the user token, unless another request has refreshed it since this one read its session. */
  async function refresh(req: Request, login: SessionLogin, expired: UserToken): Promise<UserToken> {
    const stored = await readStoredToken(req, login)
    if (stored.accessToken !== expired.accessToken) return stored
    const userToken = await refreshUserToken(context, expired)
    // This throws if the person logged out during the refresh, so that the login is not stored again.
    await readStoredToken(req, login)
    await session.save(req, { ...login, userToken })
    return userToken
  }

  async function readStoredToken(req: Request, login: SessionLogin): Promise<UserToken> {
    const stored = await session.peek(req)
    if (stored?.loggedInAt !== login.loggedInAt || !stored.userToken) throw requestError('not_logged_in')
    return stored.userToken
  }

  return async function readUserInfo(req, login) {
    if (!login.userToken) throw requestError('scope_not_granted')
    const isFresh = isUserTokenFresh(context, login.userToken)
    const userToken = isFresh ? login.userToken : await refreshOnce(req, login, login.userToken)
    try {
      return await fetchUserInfo(client, userToken.accessToken, login.openid)
    } catch (error) {
      if (!isDeadTokenError(error) || !isFresh) throw error
      const renewed = await refreshOnce(req, login, login.userToken)
      return fetchUserInfo(client, renewed.accessToken, login.openid)
    }
  }
}

/** Whether a person's token lives for another minute, so that a call with it arrives in time. */
export function isUserTokenFresh({ clock }: AccountContext, { expiresAt }: UserToken): boolean {
  return expiresAt - REFRESH_AHEAD_MS > clock.wallMs()
}

/** Gets a new token for a person. The caller stores it: WeChat can refuse the old refresh token from now on. */
export async function refreshUserToken(
  { client, clock }: AccountContext,
  { refreshToken }: UserToken,
): Promise<UserToken> {
  const grant = await refreshUserGrant(client, refreshToken)
  return {
    accessToken: grant.accessToken,
    refreshToken: grant.refreshToken,
    expiresAt: clock.wallMs() + grant.expiresInSeconds * 1000,
  }
}
