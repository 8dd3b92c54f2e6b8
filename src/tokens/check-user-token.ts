import { WechatApiError } from '../errors/errors.js'
import { assertUserToken } from '../wechat-api/oauth.js'
import { internals, type TokenManager } from './token-manager.js'

/**
 * Whether a person's own token, such as one that a native app obtained, is good and theirs.
 *
 * @see 公众号文档 «检验授权凭证 access_token 是否有效»
 * @throws {WechatError} where WeChat can't say
 */
export async function checkUserToken(
  tokenManager: TokenManager,
  userToken: { accessToken: string; openid: string },
): Promise<boolean> {
  try {
    await assertUserToken(tokenManager[internals].client, userToken.accessToken, userToken.openid)
    return true
  } catch (error) {
    if (error instanceof WechatApiError && error.status === 401) return false
    throw error
  }
}
