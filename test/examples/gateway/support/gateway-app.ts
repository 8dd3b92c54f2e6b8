import type { Express } from 'express'
import { createTokenManager } from 'express-wechat'
import { pino } from 'pino'
import { type AppParts, BASE_PATH, createApp } from '../../../../examples/gateway/app.ts'
import { readConfiguration } from '../../../../examples/gateway/configuration.ts'
import { createLogLimit, loggerOptions } from '../../../../examples/gateway/logging.ts'
import type { RepetitionLimit } from '../../../../examples/gateway/repetition-limit.ts'
import { createRequestLog } from '../../../../examples/gateway/request-log.ts'
import { createSessions } from '../../../../examples/gateway/sessions.ts'
import { type Listening, listen } from '../../../support/listen.ts'
import { sessionSecret } from './gateway-process.ts'

export interface GatewayApp {
  app: Express
  limit: RepetitionLimit
  /** What the app has logged so far. */
  log(): string
}

export interface ListeningGateway extends GatewayApp, Listening {
  /** The address of its router, such as `http://127.0.0.1:40123/wechat`. */
  url: string
}

/** Creates the app of the gateway, without Redis, for tests that need no process. Some of its parts can be others. */
export function createGatewayApp(
  env: Record<string, string | undefined>,
  parts: Partial<AppParts> = {},
): GatewayApp {
  const lines: string[] = []
  const logger = pino(loggerOptions('info'), { write: line => void lines.push(line) })
  const limit = createLogLimit(logger)
  const configuration = readConfiguration({ SESSION_SECRET: sessionSecret, ...env })
  const { appId, appSecret, tokenSource, apiBaseUrl, openBaseUrl } = configuration.wechat
  const app = createApp(configuration, {
    tokenManager: createTokenManager({ appId, appSecret, tokenSource, apiBaseUrl, openBaseUrl }),
    logger,
    session: appSecret === undefined ? undefined : createSessions(configuration.session, undefined, () => {}),
    requestLog: createRequestLog(logger, limit),
    observeRequests: (_req, _res, next) => next(),
    isReady: async () => true,
    ...parts,
  })
  return { app, limit, log: () => lines.join('') }
}

/** The same on a free port. */
export async function startGatewayApp(env: Record<string, string | undefined>): Promise<ListeningGateway> {
  const gateway = createGatewayApp(env)
  const listening = await listen(gateway.app)
  return { ...gateway, ...listening, url: listening.origin + BASE_PATH }
}
