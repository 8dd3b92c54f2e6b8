import { type Request, type Response, Router } from 'express'
import type { BridgeSettings } from '../../protocol/bridge.js'
import { isProfile } from '../../protocol/bridge.js'
import { isRealWechat } from '../../protocol/identity.js'
import { readQuery } from '../api/endpoint.js'
import { bridgeScript, officialScript } from './bridge-script.js'

/** Serves the official script with the bridge, by which it works in any browser. */
export function createScriptRoutes(): Router {
  const router = Router({ caseSensitive: true, strict: true })

  router.get('/simulator/jweixin.js', (req, res) => {
    sendScript(req, res, readQuery(req).get('version') ?? undefined)
  })
  // WeChat's own path, for pages that change only the host of the script, and a short path, for intercepted pages.
  router.get(/^\/(?:open\/js\/)?jweixin-(\d\.\d)(?:\.\d)?\.js$/, (req, res) => {
    sendScript(req, res, req.params[0])
  })

  return router
}

function sendScript(req: Request, res: Response, version: string | undefined): void {
  const profile = readQuery(req).get('profile')
  const settings: BridgeSettings = {
    baseUrl: `${req.protocol}://${req.get('host') ?? 'localhost'}${req.baseUrl}`,
    ...(isProfile(profile) ? { profile } : {}),
  }
  res.set({
    'Content-Type': 'text/javascript; charset=utf-8',
    // The script has the settings of this page and of this run of the simulator, so no cache may keep it.
    'Cache-Control': 'no-store',
    // The page is on the app's origin, whose policy may demand this header of everything that the page loads.
    'Cross-Origin-Resource-Policy': 'cross-origin',
    'X-Content-Type-Options': 'nosniff',
  })
  // A real WeChat gets the official script alone, because it has its own bridge.
  const isReal = isRealWechat(req.get('user-agent') ?? '')
  res.end(isReal ? officialScript(version) : bridgeScript(settings, version))
}
