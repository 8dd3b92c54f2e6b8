import type { RequestHandler } from 'express'
import { z } from 'zod'
import { getContext } from '../tokens/context.js'
import { resolveTokenManager, type TokenManagerOption, tokenManagerShape } from '../tokens/manager-option.js'
import { parseOptions } from '../util/parse-options.js'

/** The options of {@link jweixinHandler}. */
export interface JweixinOptions extends TokenManagerOption {}

const optionsSchema = z.strictObject(tokenManagerShape)

const OFFICIAL_SCRIPT = 'https://res.wx.qq.com/open/js/jweixin-1.6.0.js'

/**
 * Redirects to WeChat's official JS-SDK, and for a simulated account to the simulator's, which includes its bridge.
 * So a page loads the same address in both environments.
 *
 * @see 公众号文档 «JS-SDK 说明文档»: 步骤二，引入 JS 文件
 */
export function jweixinHandler(options: JweixinOptions = {}): RequestHandler {
  const { account } = getContext(resolveTokenManager(parseOptions('jweixinHandler', optionsSchema, options)))

  return function jweixin(req, res) {
    const location = new URL(
      account.isSimulated ? `${account.openBaseUrl}/simulator/jweixin.js` : OFFICIAL_SCRIPT,
    )
    // The simulator reads parameters from the script's address, such as which phone it simulates, so they are kept.
    if (account.isSimulated) location.search = new URL(req.url, location).search
    res.status(302).set({
      Location: location.href,
      // The simulator can have another port at its next start, so browsers must not cache the redirect to it.
      'Cache-Control': account.isSimulated ? 'no-store' : 'public, max-age=3600',
      // Pages of other origins load this address. A stricter header that the app sets by default (helmet) forbids that.
      'Cross-Origin-Resource-Policy': 'cross-origin',
    })
    res.end()
  }
}
