import type { Request } from 'express'
import type { AccountContext } from '../../tokens/context.js'
import type { UserInfo } from '../../wechat-api/oauth.js'
import { createLoginSession, type LoginSession, type SessionLogin } from '../login-session.js'
import { createUserInfoReader } from './user-info.js'

/** Reads the profiles of the people whose logins are in the session under one key. */
export interface UserInfoReader {
  readonly session: LoginSession
  read(req: Request, login: SessionLogin): Promise<UserInfo>
}

/**
 * The readers of each account, by session key. The router and all handlers use the same reader, so that they share the
 * refresh of a token.
 */
const readers = new WeakMap<AccountContext, Map<string, UserInfoReader>>()

export function getUserInfoReader(context: AccountContext, sessionKey: string): UserInfoReader {
  const ofAccount = readers.get(context) ?? new Map<string, UserInfoReader>()
  readers.set(context, ofAccount)
  const reader = ofAccount.get(sessionKey) ?? createReader(context, sessionKey)
  ofAccount.set(sessionKey, reader)
  return reader
}

function createReader(context: AccountContext, sessionKey: string): UserInfoReader {
  const session = createLoginSession({ sessionKey, appId: context.account.appId })
  return { session, read: createUserInfoReader(context, session) }
}
