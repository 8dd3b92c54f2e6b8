import type { RequestHandler } from 'express'
import { z } from 'zod'
import { WechatRequestError } from '../errors/errors.js'
import { handle } from '../http/async-handler.js'
import {
  type HandlerOptions,
  handlerOptionsShape,
  type SessionOptions,
  sessionOptionsShape,
  tokenManagerOf,
} from '../http/handler-options.js'
import { sendPrivate } from '../http/respond.js'
import { getContext, withAccessToken } from '../tokens/context.js'
import { parseOptions } from '../util/parse-options.js'
import { fetchFollower } from '../wechat-api/followers.js'
import { readRequiredLogin } from './login-session.js'

export interface FollowerOptions extends HandlerOptions, SessionOptions {}

const optionsSchema = z.strictObject({ ...handlerOptionsShape, ...sessionOptionsShape })

/**
 * Answers with what the account knows of the logged-in person (`subscribe_time`, `remark`, `tagid_list`, …): 401
 * for nobody, 403 for one who does not follow the account.
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
  const tokenManager = tokenManagerOf(parsed)
  const { account, client } = getContext(tokenManager)

  return handle(async function follower(req, res) {
    const { openid } = readRequiredLogin(req, parsed.sessionKey, account.appId)
    const info = await withAccessToken(tokenManager, token => fetchFollower(client, token, openid))
    if (info.subscribe !== 1) {
      throw new WechatRequestError('the person does not follow the account', {
        code: 'not_a_follower',
        status: 403,
        userMessage: '请先关注公众号',
      })
    }
    sendPrivate(res, info)
  }, parsed.onError)
}
