import type { RequestHandler } from 'express'
import { z } from 'zod'
import { WechatRequestError } from '../errors.js'
import { parseOptions } from '../options.js'
import { internals } from '../tokens/token-manager.js'
import { fetchFollower } from '../wechat-api/users.js'
import {
  type HandlerOptions,
  handlerOptionsShape,
  type SessionOptions,
  sessionOptionsShape,
  tokenManagerOf,
} from './common-options.js'
import { handle } from './handle.js'
import { sendPrivate } from './send-json.js'
import { readRequiredLogin } from './session-login.js'

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
  const { account, client, withAccessToken } = tokenManagerOf(parsed)[internals]

  return handle(async function follower(req, res) {
    const { openid } = readRequiredLogin(req, parsed.sessionKey, account.appId)
    const info = await withAccessToken(token => fetchFollower(client, token, openid))
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
