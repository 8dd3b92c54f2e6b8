import type { Request } from 'express'
import { requestError } from '../../errors/create-error.js'
import { getContext } from '../../tokens/context.js'
import { resolveTokenManager } from '../../tokens/manager-option.js'
import { parseOptions } from '../../util/parse-options.js'
import { assertAppSecret } from '../../wechat-api/account.js'
import type { UserInfo } from '../../wechat-api/oauth.js'
import { findGuardedLogin, type GetWechatLoginOptions, getWechatLoginSchema } from '../get-wechat-login.js'
import { getUserInfoReader } from './user-info-readers.js'

/**
 * The WeChat profile of the person who is logged in (`nickname`, `headimgurl`, `unionid`, …), as WeChat gives it. It is
 * fetched with the person's own token, which stays on the server. A token that has expired is refreshed once, however
 * many calls of one session wait for it. Behind a guard with `gateway`, the gateway is asked.
 *
 * @see 公众号文档 «网页授权», 拉取用户信息
 *
 * @example
 * app.get('/me', requireWechatLogin({ scope: 'snsapi_userinfo' }), async (req, res) => {
 *   const { nickname } = await getWechatUserInfo(req)
 *   res.send(`hello ${nickname}`)
 * })
 *
 * @throws {WechatRequestError} 401 if nobody is logged in, 403 if the login was not granted `snsapi_userinfo`
 * @throws {WechatUpstreamError | WechatApiError} if WeChat does not give the profile
 * @throws {WechatUnavailableError} if there is no session, or the gateway does not answer
 * @throws {WechatConfigError} naming the option, or the app secret if the token manager has none
 */
export async function getWechatUserInfo(
  req: Request,
  options: GetWechatLoginOptions = {},
): Promise<UserInfo> {
  const parsed = parseOptions('getWechatUserInfo', getWechatLoginSchema, options)
  const guarded = findGuardedLogin(req, options)
  if (guarded && !guarded.login) throw requestError('not_logged_in')
  if (guarded?.readUserInfo) return guarded.readUserInfo()
  const tokenManager = parsed.tokenManager ?? guarded?.tokenManager
  const context = getContext(resolveTokenManager({ tokenManager }))
  assertAppSecret('getWechatUserInfo', context.account)
  const { session, read } = getUserInfoReader(context, guarded?.sessionKey ?? parsed.sessionKey)
  return read(req, session.require(req))
}
