import type { RequestHandler } from 'express'
import { z } from 'zod'
import { handle } from '../http/async-handler.js'
import { type HandlerOptions, handlerOptionsShape, tokenManagerOf } from '../http/handler-options.js'
import { readJsonBody } from '../http/json-body.js'
import { assertOwnPage, createSite, type SiteOptions, siteOptionsShape } from '../http/public-origin.js'
import { sendPrivate } from '../http/respond.js'
import { sendMethodNotAllowed } from '../http/route.js'
import { parseOptions } from '../util/parse-options.js'
import { readPageUrl } from './page-url.js'
import { signJssdkConfig } from './sign-jssdk-config.js'

export interface JssdkConfigOptions extends HandlerOptions, SiteOptions {}

const optionsSchema = z.strictObject({ ...handlerOptionsShape, ...siteOptionsShape })

/**
 * Answers `POST {url}` with the four fields that `wx.config()` needs, for pages of this site and of
 * `allowedOrigins`. The JSON body is read under any content type, with or without a body parser before.
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
  const tokenManager = tokenManagerOf(parsed)
  const site = createSite('jssdkConfigHandler', parsed)

  return handle(async function jssdkConfig(req, res) {
    if (req.method !== 'POST') return sendMethodNotAllowed(res, ['POST'])
    assertOwnPage(site, req)
    const pageUrl = readPageUrl(site, req, await readJsonBody(req, res))
    const ticket = await tokenManager.getJsapiTicket()
    sendPrivate(res, signJssdkConfig(tokenManager.appId, ticket, pageUrl))
  }, parsed.onError)
}
