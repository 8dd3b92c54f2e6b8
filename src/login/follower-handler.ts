import type { RequestHandler } from 'express'
import { z } from 'zod'
import { requestError } from '../errors/create-error.js'
import { asyncHandler } from '../http/async-handler.js'
import { errorAnswerShape, type WechatErrorAnswerOption } from '../http/error-answer-option.js'
import { corsShape, type WechatCorsOption, withCors } from '../http/origin/cors.js'
import {
  createPublicOrigin,
  originOptionsShape,
  type WechatOriginOptions,
} from '../http/origin/public-origin.js'
import { sendPrivate } from '../http/respond.js'
import { getContext, withAccessToken } from '../tokens/context.js'
import { resolveTokenManager, type TokenManagerOption, tokenManagerShape } from '../tokens/manager-option.js'
import { parseOptions } from '../util/parse-options.js'
import { fetchFollower } from '../wechat-api/followers.js'
import { createLoginSession, sessionOptionsShape, type WechatSessionOptions } from './login-session.js'

/** The options of {@link followerHandler}. */
export interface FollowerOptions
  extends TokenManagerOption,
    WechatErrorAnswerOption,
    WechatSessionOptions,
    WechatOriginOptions,
    WechatCorsOption {}

const optionsSchema = z.strictObject({
  ...tokenManagerShape,
  ...errorAnswerShape,
  ...sessionOptionsShape,
  ...originOptionsShape,
  ...corsShape,
})

/**
 * Answers with what the account knows of the logged-in person (`subscribe_time`, `remark`, `tagid_list`, …): 401 if
 * nobody is logged in, 403 if the person does not follow the account.
 *
 * @see 公众号文档 «获取用户基本信息»
 *
 * @example
 * app.get('/wechat/offiaccount/user', followerHandler({ tokenManager }))
 *
 * @throws {WechatConfigError} from the factory, never during a request
 */
export function followerHandler(options: FollowerOptions = {}): RequestHandler {
  const parsed = parseOptions('followerHandler', optionsSchema, options)
  const tokenManager = resolveTokenManager(parsed)
  const { account, client } = getContext(tokenManager)
  const session = createLoginSession({ sessionKey: parsed.sessionKey, appId: account.appId })

  const handler = asyncHandler(async function follower(req, res) {
    const { openid } = session.require(req)
    const info = await withAccessToken(tokenManager, token => fetchFollower(client, token, openid))
    if (info.subscribe !== 1) throw requestError('not_a_follower')
    sendPrivate(res, info)
  }, parsed.onError)
  return withCors(createPublicOrigin('followerHandler', parsed), parsed, handler)
}
