import express, { type Express, type Request, type RequestHandler, type Response } from 'express'
import { rateLimit } from 'express-rate-limit'
import type { TokenManager } from 'express-wechat'
import helmet from 'helmet'
import type { Logger } from 'pino'
import type { Configuration } from './configuration.ts'
import { createErrorHandler, sendFailure, sendNotFound } from './errors.ts'
import type { RequestLog } from './request-log.ts'
import { createRouter } from './router.ts'

export const BASE_PATH = '/wechat'

export interface AppParts {
  tokenManager: TokenManager
  logger: Logger
  /** express-session with its store; undefined if the gateway offers no login. */
  session: RequestHandler | undefined
  requestLog: RequestLog
  observeRequests: RequestHandler
  /** Whether a load balancer may send requests here. */
  isReady(): Promise<boolean>
}

export function createApp(configuration: Configuration, parts: AppParts): Express {
  const app = express()
  app.disable('x-powered-by')
  app.set('trust proxy', configuration.trustProxy)
  app.use(parts.requestLog.logRequest, parts.observeRequests, createHelmet(configuration))

  app.get('/healthz', (_req, res) => void res.json({ status: 'ok' }))
  app.get('/readyz', (_req, res, next) => {
    parts.isReady().then(isReady => {
      if (isReady) res.json({ status: 'ok' })
      else sendFailure(res, 503)
    }, next)
  })

  app.use(BASE_PATH, createRateLimit(configuration.rateLimit, parts.logger))
  if (parts.session) app.use(BASE_PATH, parts.session)
  app.use(BASE_PATH, createRouter(configuration.wechat, parts.tokenManager))
  app.use(sendNotFound)
  app.use(createErrorHandler(parts.requestLog))
  return app
}

/** Sets security headers. The policy allows nothing, because answers are data; the small pages set their own policy. */
function createHelmet({ session }: Configuration): RequestHandler {
  return helmet({
    contentSecurityPolicy: {
      useDefaults: false,
      directives: { defaultSrc: ["'none'"], frameAncestors: ["'none'"], baseUri: ["'none'"] },
    },
    // `same-site` lets pages of sibling hosts embed the gateway's answers, such as pictures.
    crossOriginResourcePolicy: { policy: 'same-site' },
    strictTransportSecurity: session.isSecure,
  })
}

function createRateLimit(limit: number, logger: Logger): RequestHandler {
  const warn = (error: unknown) => {
    const code = error instanceof Error && 'code' in error ? error.code : undefined
    logger.warn({ code }, 'the rate limit: look at TRUST_PROXY')
  }
  if (limit === 0) return (_req, _res, next) => next()
  return rateLimit({
    windowMs: 60_000,
    limit,
    standardHeaders: 'draft-8',
    legacyHeaders: false,
    ipv6Subnet: 56,
    // express-rate-limit warns here about wrong proxy settings: without TRUST_PROXY, all visitors behind a proxy share
    // one limit.
    logger: { error: warn, warn },
    skip: isOfBackEnds,
    handler: (_req: Request, res: Response) => sendFailure(res, 429),
  })
}

/**
 * Whether back ends call this path, which has no rate limit then: a back end sends the calls for all of its visitors
 * from one address. `/api` is safe without one, because it demands a key and counts wrong keys.
 */
function isOfBackEnds({ path }: Request): boolean {
  return path === '/auth/login' || path === '/auth/user/openid' || path.startsWith('/api/')
}
