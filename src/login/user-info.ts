import type { Request } from 'express'
import { isDeadTokenError, WechatRequestError } from '../errors/errors.js'
import type { AccountContext } from '../tokens/context.js'
import { fetchUserInfo, refreshUserGrant, type UserInfo } from '../wechat-api/oauth.js'
import { changeLogin, notLoggedIn, peekLogin, type SessionLogin } from './login-session.js'

type UserToken = NonNullable<SessionLogin['userToken']>

const REFRESH_AHEAD_MS = 60_000

/**
 * The logged-in person's info, through their own token, which is refreshed when it has expired.
 * @throws {WechatRequestError} 403 where the login did not ask for the user info
 */
export function createUserInfoReader({ account, client, clock }: AccountContext, sessionKey: string) {
  /** A refresh may make the refresh token before it invalid, so requests of one session share one. */
  const refreshes = new Map<string, Promise<UserToken>>()

  return async function readUserInfo(req: Request, login: SessionLogin): Promise<UserInfo> {
    if (!login.userToken) {
      throw new WechatRequestError(
        'the login was granted snsapi_base alone, which does not cover user info',
        {
          code: 'scope_not_granted',
          status: 403,
          userMessage: '需要授权获取个人信息',
        },
      )
    }
    const isFresh = login.userToken.expiresAt - REFRESH_AHEAD_MS > clock.wallMs()
    const userToken = isFresh ? login.userToken : await refresh(req, login, login.userToken)
    try {
      return await fetchUserInfo(client, userToken.accessToken, login.openid)
    } catch (error) {
      if (!isDeadTokenError(error) || !isFresh) throw error
      const renewed = await refresh(req, login, login.userToken)
      return fetchUserInfo(client, renewed.accessToken, login.openid)
    }
  }

  function refresh(req: Request, login: SessionLogin, before: UserToken): Promise<UserToken> {
    const known = refreshes.get(req.sessionID)
    if (known) return known
    const refreshing = refreshStored(req, login, before).finally(() => refreshes.delete(req.sessionID))
    refreshes.set(req.sessionID, refreshing)
    return refreshing
  }

  /** By what the store has, and not by what this request read when it began. */
  async function refreshStored(req: Request, login: SessionLogin, before: UserToken): Promise<UserToken> {
    const stored = await readStoredToken(req, login)
    if (stored.accessToken !== before.accessToken) return stored
    const userToken = await requestToken(before)
    // Whoever logged out meanwhile stays logged out.
    await readStoredToken(req, login)
    await changeLogin(req, sessionKey, { ...login, userToken })
    return userToken
  }

  async function readStoredToken(req: Request, login: SessionLogin): Promise<UserToken> {
    const stored = await peekLogin(req, sessionKey, account.appId)
    if (stored?.loggedInAt !== login.loggedInAt || !stored.userToken) throw notLoggedIn()
    return stored.userToken
  }

  async function requestToken({ refreshToken }: UserToken): Promise<UserToken> {
    const grant = await refreshUserGrant(client, refreshToken)
    return {
      accessToken: grant.accessToken,
      refreshToken: grant.refreshToken,
      expiresAt: clock.wallMs() + grant.expiresInSeconds * 1000,
    }
  }
}
