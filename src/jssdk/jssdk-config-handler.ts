import type { RequestHandler } from 'express'
import { z } from 'zod'
import { asyncHandler } from '../http/async-handler.js'
import { readJsonBody } from '../http/body/json-body.js'
import { errorAnswerShape, type WechatErrorAnswerOption } from '../http/error-answer-option.js'
import { corsShape, type WechatCorsOption, withCors } from '../http/origin/cors.js'
import {
  assertOwnPage,
  createPublicOrigin,
  originOptionsShape,
  type WechatOriginOptions,
} from '../http/origin/public-origin.js'
import { sendPrivate } from '../http/respond.js'
import { sendMethodNotAllowed } from '../http/route.js'
import { resolveTokenManager, type TokenManagerOption, tokenManagerShape } from '../tokens/manager-option.js'
import { parseOptions } from '../util/parse-options.js'
import { readPageUrl } from './page-url.js'
import { signJssdkConfig } from './sign-jssdk-config.js'

/** The options of {@link jssdkConfigHandler}. */
export interface JssdkConfigOptions
  extends TokenManagerOption,
    WechatErrorAnswerOption,
    WechatOriginOptions,
    WechatCorsOption {}

const optionsSchema = z.strictObject({
  ...tokenManagerShape,
  ...errorAnswerShape,
  ...originOptionsShape,
  ...corsShape,
})

/**
 * Answers `POST {url}` with the four fields that `wx.config()` needs, for pages of this service's origin and of
 * `allowedOrigins`. The JSON body is read under any content type, and also if a body parser has read it before.
 *
 * Pages of `allowedOrigins` may read the answer (CORS). Before a request of the type `application/json`, browsers send
 * OPTIONS, which reaches the handler only if it is mounted by `app.all()`.
 *
 * @see 公众号文档 «JS-SDK 说明文档»
 *
 * @example
 * app.post('/wechat/offiaccount/jssdk', jssdkConfigHandler({ tokenManager }))
 *
 * @throws {WechatConfigError} from the factory, never during a request
 */
export function jssdkConfigHandler(options: JssdkConfigOptions = {}): RequestHandler {
  const parsed = parseOptions('jssdkConfigHandler', optionsSchema, options)
  const tokenManager = resolveTokenManager(parsed)
  const publicOrigin = createPublicOrigin('jssdkConfigHandler', parsed)

  const handler = asyncHandler(async function jssdkConfig(req, res) {
    if (req.method !== 'POST') return sendMethodNotAllowed(res, ['POST'])
    assertOwnPage(publicOrigin, req)
    const pageUrl = readPageUrl(publicOrigin, req, await readJsonBody(req, res))
    const jsapiTicket = await tokenManager.getJsapiTicket()
    sendPrivate(res, signJssdkConfig({ appId: tokenManager.appId, jsapiTicket, pageUrl }))
  }, parsed.onError)
  return withCors(publicOrigin, parsed, handler)
}
