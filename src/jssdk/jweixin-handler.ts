import type { RequestHandler } from 'express'
import { z } from 'zod'
import { type HandlerOptions, handlerOptionsShape, tokenManagerOf } from '../http/handler-options.js'
import { getContext } from '../tokens/context.js'
import { parseOptions } from '../util/parse-options.js'

export interface JweixinOptions extends Pick<HandlerOptions, 'tokenManager'> {}

const optionsSchema = z.strictObject({ tokenManager: handlerOptionsShape.tokenManager })

const OFFICIAL_SCRIPT = 'https://res.wx.qq.com/open/js/jweixin-1.6.0.js'

/**
 * One address for the page's script: leads to WeChat's own, and in development to the simulator's, which brings
 * its bridge along.
 *
 * @see 公众号文档 «JS-SDK 说明文档»: 步骤二，引入 JS 文件
 */
export function jweixinHandler(options: JweixinOptions = {}): RequestHandler {
  const { account } = getContext(tokenManagerOf(parseOptions('jweixinHandler', optionsSchema, options)))

  return function jweixin(req, res) {
    const location = new URL(
      account.isSimulated ? `${account.openBaseUrl}/simulator/jweixin.js` : OFFICIAL_SCRIPT,
    )
    // Which phone to play, for example.
    if (account.isSimulated) location.search = new URL(req.url, location).search
    res.status(302).set({
      Location: location.href,
      // A simulator's address is good for one run.
      'Cache-Control': account.isSimulated ? 'no-store' : 'public, max-age=3600',
      // Pages of other sites load it, where a stricter default of the app would forbid the redirect.
      'Cross-Origin-Resource-Policy': 'cross-origin',
    })
    res.end()
  }
}
