import { WechatApiError } from '../errors/errors.js'
import { assertUserToken } from '../wechat-api/oauth.js'
import { getContext } from './context.js'
import type { TokenManager } from './token-manager-types.js'

/**
 * Asks WeChat whether a person's own token, such as one that a native app obtained, is valid for this openid.
 *
 * @throws {WechatError} if WeChat can't be asked
 * @see https://developers.weixin.qq.com/doc/offiaccount/OA_Web_Apps/Wechat_webpage_authorization.html 附：检验授权凭证（access_token）是否有效
 */
export async function checkUserToken(
  tokenManager: TokenManager,
  userToken: { accessToken: string; openid: string },
): Promise<boolean> {
  try {
    await assertUserToken(getContext(tokenManager).client, userToken.accessToken, userToken.openid)
    return true
  } catch (error) {
    if (error instanceof WechatApiError && error.status === 401) return false
    throw error
  }
}
