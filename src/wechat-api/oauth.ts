import { z } from 'zod'
import { WechatApiError } from '../errors/errors.js'
import { revealAppSecret, type WechatAccount } from './account.js'
import type { WechatClient } from './client.js'
import { protocolError } from './response.js'
import { credentialField, openidField, secondsField } from './schemas.js'
import { isSimulatedOpenid } from './simulated.js'

/** What a login asks for: the openid alone, or the profile too. */
export type Scope = 'snsapi_base' | 'snsapi_userinfo'

/** What WeChat returns for a login: the person's ids and own tokens. */
export interface UserGrant {
  openid: string
  unionid?: string
  /** The scope that WeChat granted; comma-separated if there are several. */
  scope: string
  /** Whether the login is of a snapshot page: WeChat then makes a new virtual account each time. */
  isSnapshotUser: boolean
  accessToken: string
  refreshToken: string
  expiresInSeconds: number
}

/** A person's profile as WeChat sends it. */
export type UserInfo = { openid: string; nickname?: string; unionid?: string } & Record<string, unknown>

const grantAnswer = z.object({
  access_token: credentialField,
  expires_in: secondsField,
  refresh_token: credentialField,
  openid: openidField,
  scope: z
    .string()
    .regex(/^[\w,]{0,256}$/)
    .default(''),
  is_snapshotuser: z.union([z.number(), z.string()]).optional(),
  // WeChat leaves unionid out, or sends it empty, for an account that is not bound to an Open Platform account.
  unionid: z.union([openidField, z.literal('').transform(() => undefined)]).optional(),
})

const userInfoAnswer = z.looseObject({
  openid: openidField,
  nickname: z.string().optional(),
  unionid: z.string().optional(),
})

/**
 * WeChat's answer to a login code was lost with the connection. The code is used up, and a new login can succeed.
 */
export class LostGrantError extends WechatApiError {}

/** The errcodes for a login code that was used before (40163), and for one that WeChat does not know (40029). */
const SPENT_CODE_ERRCODES = [40163, 40029]

/**
 * Exchanges a login code for the person's ids and tokens. The first call that arrives uses the code up, also if it
 * fails. So it is repeated only if WeChat resets a kept connection before any byte of an answer, because WeChat often
 * closes a connection at the moment of its next use. If the first call had arrived, WeChat refuses the second.
 *
 * @throws {LostGrantError} if a second call shows that the first had arrived
 * @see 公众号文档 «通过 code 换取网页授权 access_token»
 */
export async function exchangeCode(client: WechatClient, code: string): Promise<UserGrant> {
  const { account } = client
  const endpoint = '/sns/oauth2/access_token'
  const secret = revealAppSecret(account)
  let isRepeated = false
  const answering = client.call({
    endpoint,
    query: { appid: account.appId, secret, code, grant_type: 'authorization_code' },
    secrets: [secret, code],
    answer: grantAnswer,
    isRepeatable: false,
    onLostConnection: () => {
      isRepeated = true
    },
  })
  const answer = await answering.catch((error: unknown) => {
    const isSpent = error instanceof WechatApiError && SPENT_CODE_ERRCODES.includes(error.errcode)
    throw isRepeated && isSpent ? new LostGrantError(endpoint, error.errcode, error.errmsg) : error
  })
  return toGrant(account, endpoint, answer)
}

/**
 * Refreshes a person's own access token.
 * @see 公众号文档 «刷新 access_token»
 */
export async function refreshUserGrant(client: WechatClient, refreshToken: string): Promise<UserGrant> {
  const { account } = client
  const endpoint = '/sns/oauth2/refresh_token'
  const answer = await client.call({
    endpoint,
    query: { appid: account.appId, grant_type: 'refresh_token', refresh_token: refreshToken },
    secrets: [refreshToken],
    answer: grantAnswer,
    isRepeatable: false,
  })
  return toGrant(account, endpoint, answer)
}

/**
 * Fetches a person's profile.
 * @see 公众号文档 «拉取用户信息»
 */
export async function fetchUserInfo(
  client: WechatClient,
  userAccessToken: string,
  openid: string,
): Promise<UserInfo> {
  const answer = await client.call({
    endpoint: '/sns/userinfo',
    query: { access_token: userAccessToken, openid, lang: 'zh_CN' },
    secrets: [userAccessToken],
    answer: userInfoAnswer,
    isRepeatable: true,
  })
  return answer as UserInfo
}

/**
 * Checks with WeChat that a person's own token is valid for the openid.
 * @throws {WechatApiError} with status 401 if it is not
 * @see 公众号文档 «检验授权凭证 access_token 是否有效»
 */
export async function assertUserToken(
  client: WechatClient,
  userAccessToken: string,
  openid: string,
): Promise<void> {
  await client.call({
    endpoint: '/sns/auth',
    query: { access_token: userAccessToken, openid },
    secrets: [userAccessToken],
    answer: z.object({ errcode: z.union([z.literal(0), z.literal('0')]) }),
    isRepeatable: true,
  })
}

function toGrant(account: WechatAccount, endpoint: string, answer: z.output<typeof grantAnswer>): UserGrant {
  // A simulated openid is refused for a real account, and the reverse, so that a session from development is useless in
  // production.
  if (isSimulatedOpenid(answer.openid) !== account.isSimulated) {
    throw protocolError(endpoint, 'a simulated openid for a real account, or the reverse')
  }
  return {
    openid: answer.openid,
    ...(answer.unionid !== undefined && { unionid: answer.unionid }),
    scope: answer.scope,
    isSnapshotUser: Number(answer.is_snapshotuser ?? 0) === 1,
    accessToken: answer.access_token,
    refreshToken: answer.refresh_token,
    expiresInSeconds: answer.expires_in,
  }
}
