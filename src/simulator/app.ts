import express, { type Express, type Request, type Response } from 'express'
import { refuseProduction } from './guards.js'
import type { SimulatorOptions } from './options.js'
import { Refusal } from './platform/refusal.js'
import { createAuthorizeRoutes } from './routes/authorize-routes.js'
import { createAvatarRoutes } from './routes/avatar-routes.js'
import { createControlRoutes } from './routes/control-routes.js'
import { answerWith } from './routes/endpoint.js'
import { createFollowerRoutes } from './routes/follower-routes.js'
import { createHomeRoutes } from './routes/home-routes.js'
import { createMediaRoutes } from './routes/media-routes.js'
import { createPageRoutes } from './routes/page-routes.js'
import { playFault } from './routes/play-fault.js'
import { createQuotaRoutes } from './routes/quota-routes.js'
import { recordCall } from './routes/record-call.js'
import { createRoomRoutes } from './routes/room-routes.js'
import { createScriptRoutes } from './routes/script-routes.js'
import { createSnsRoutes } from './routes/sns-routes.js'
import { createTokenRoutes } from './routes/token-routes.js'
import { createSimulator, type Simulator } from './simulator.js'

export type SimulatorApp = Express & { readonly simulator: Simulator }

/**
 * WeChat as an Express app, to mount or to hand to supertest. Its memory ends with it.
 *
 * @throws {Error} where the process looks like a deployment, and for options that are not acceptable.
 */
export function createSimulatorApp(options?: SimulatorOptions): SimulatorApp {
  refuseProduction()
  const { simulator, platform } = createSimulator(options)
  const app = express()
  // The platform names no framework and sends no entity tags, and a 304 would be an answer nobody tests.
  app.disable('x-powered-by').disable('etag')

  app.use(function markAsSimulator(_req: Request, res: Response, next: () => void) {
    res.setHeader('X-WeChat-Simulator', '1')
    next()
  })
  // Outside the history: it tells what apps asked of WeChat, not who looked on.
  app.use(createScriptRoutes(), createPageRoutes(platform))
  app.use(createRoomRoutes(platform), createControlRoutes(platform, simulator), createHomeRoutes(platform))
  app.use(recordCall(platform), playFault(platform))
  app.use(createTokenRoutes(platform))
  app.use(createSnsRoutes(platform))
  app.use(createFollowerRoutes(platform))
  app.use(createMediaRoutes(platform))
  app.use(createQuotaRoutes(platform))
  app.use(createAuthorizeRoutes(platform))
  app.use(createAvatarRoutes(platform))

  const unknownApi = answerWith(platform, 'any', () => {
    throw new Refusal(40066)
  })
  app.use(function unknownPath(req: Request, res: Response, next: () => void) {
    if (/^\/(cgi-bin|sns)\//.test(req.path)) unknownApi(req, res, next)
    else res.status(404).type('text/plain').send('The simulator has nothing here.')
  })

  return Object.assign(app, { simulator })
}
