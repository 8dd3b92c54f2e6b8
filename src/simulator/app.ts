import express, { type Express, type Request, type Response } from 'express'
import type { SimulatorOptions } from './config.js'
import { assertNotProduction } from './guards.js'
import { Refusal } from './platform/refusal.js'
import { answerWith } from './routes/api/endpoint.js'
import { createFollowerRoutes } from './routes/api/follower-routes.js'
import { createMediaRoutes } from './routes/api/media-routes.js'
import { createQuotaRoutes } from './routes/api/quota-routes.js'
import { createSnsRoutes } from './routes/api/sns-routes.js'
import { createTokenRoutes } from './routes/api/token-routes.js'
import { createBridgeRoutes } from './routes/bridge/bridge-routes.js'
import { createScriptRoutes } from './routes/bridge/script-routes.js'
import { createControlRoutes } from './routes/control/control-routes.js'
import { createDashboardRoutes } from './routes/dashboard/dashboard-routes.js'
import { createDashboardDataRoutes } from './routes/dashboard/data-routes.js'
import { injectFault } from './routes/inject-fault.js'
import { ownHostsOnly } from './routes/localhost-only.js'
import { createAuthorizeRoutes } from './routes/login/authorize-routes.js'
import { createAvatarRoutes } from './routes/login/avatar-routes.js'
import { createMenuRoutes } from './routes/messages/menu-routes.js'
import { createMessageRoutes } from './routes/messages/message-routes.js'
import { createSceneCodeRoutes } from './routes/messages/scene-code-routes.js'
import { recordCall } from './routes/record-call.js'
import { type CreatedSimulator, createSimulator, type Simulator } from './simulator.js'

/** The simulator as an Express app, with the object by which tests control it. */
export type SimulatorApp = Express & { readonly simulator: Simulator }

/**
 * Creates the simulator as an Express app, to mount or to give to supertest. All its state is in memory.
 *
 * @throws {Error} if the process looks like a deployment, or an option is not acceptable.
 */
export function createSimulatorApp(options?: SimulatorOptions): SimulatorApp {
  return createApp(options).app
}

export interface CreatedApp extends Omit<CreatedSimulator, 'simulator'> {
  app: SimulatorApp
}

/** Creates the app, and returns it with the parts that a server needs. */
export function createApp(options?: SimulatorOptions): CreatedApp {
  assertNotProduction()
  const { simulator, platform, savedPort } = createSimulator(options)
  const app = express()
  // Like the platform, the simulator names no framework and sends no entity tags, so it never answers 304.
  app.disable('x-powered-by').disable('etag')

  app.use(function markAsSimulator(_req: Request, res: Response, next: () => void) {
    res.setHeader('X-WeChat-Simulator', '1')
    next()
  })
  app.use(ownHostsOnly(platform))
  // These routes come before `recordCall`, because the history has only the calls of apps and browsers to WeChat.
  app.use(createScriptRoutes(), createBridgeRoutes(platform))
  app.use(
    createDashboardDataRoutes(platform),
    createControlRoutes(platform, simulator),
    createDashboardRoutes(platform),
  )
  app.use(function dateBySimulatedClock(_req: Request, res: Response, next: () => void) {
    res.setHeader('Date', new Date(platform.clock.now()).toUTCString())
    next()
  })
  app.use(recordCall(platform), injectFault(platform))
  app.use(createTokenRoutes(platform))
  app.use(createSnsRoutes(platform))
  app.use(createFollowerRoutes(platform))
  app.use(createMediaRoutes(platform))
  app.use(createQuotaRoutes(platform))
  app.use(createMessageRoutes(platform), createMenuRoutes(platform), createSceneCodeRoutes(platform))
  app.use(createAuthorizeRoutes(platform))
  app.use(createAvatarRoutes(platform))

  const unknownApi = answerWith(platform, 'any', () => {
    throw new Refusal(40066)
  })
  app.use(function unknownPath(req: Request, res: Response, next: () => void) {
    if (/^\/(cgi-bin|sns)\//.test(req.path)) unknownApi(req, res, next)
    else res.status(404).type('text/plain').send('The simulator has nothing here.')
  })

  return { app: Object.assign(app, { simulator }), platform, savedPort }
}
