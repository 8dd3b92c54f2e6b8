import { Router } from 'express'
import type { BridgeSettings } from '../page/protocol.js'
import { isProfile, officialScript, pageScript } from '../page-script.js'
import { queryOf } from './endpoint.js'

/** The script that turns a page in any browser into a page in WeChat. */
export function createScriptRoutes(): Router {
  const router = Router({ caseSensitive: true, strict: true })

  router.get('/simulator/jweixin.js', (req, res) => {
    const profile = queryOf(req).get('profile')
    const settings: BridgeSettings = {
      baseUrl: `${req.protocol}://${req.get('host') ?? 'localhost'}${req.baseUrl}`,
      ...(isProfile(profile) ? { profile } : {}),
    }
    res.set({
      'Content-Type': 'text/javascript; charset=utf-8',
      // Its address is good for this run, its settings for this page.
      'Cache-Control': 'no-store',
      // The page is on the app's origin, which may demand this of all that it loads.
      'Cross-Origin-Resource-Policy': 'cross-origin',
      'X-Content-Type-Options': 'nosniff',
    })
    res.end(isRealWechat(req.get('user-agent') ?? '') ? officialScript() : pageScript(settings))
  })

  return router
}

/** A phone that found its way here has a bridge of its own, and nothing of ours may come near it. */
function isRealWechat(userAgent: string): boolean {
  return /micromessenger/i.test(userAgent) && !/wxsim/i.test(userAgent)
}
