import { randomUUID } from 'node:crypto'
import { subscribe } from 'node:diagnostics_channel'
import type { Request, RequestHandler, Response } from 'express'
import type { TokenManager } from 'express-wechat'
import { destination, type Logger, type LoggerOptions, pino, stdTimeFunctions } from 'pino'
import { pinoHttp } from 'pino-http'

/** A second belt: nothing below logs headers, queries or bodies, and what somebody adds later shows no secret either. */
const REDACTED = [
  'authorization',
  'cookie',
  'set-cookie',
  'query',
  'password',
  'secret',
  'token',
  'access_token',
].flatMap(name => [`["${name}"]`, `*["${name}"]`, `*.headers["${name}"]`])

const REPEATED_AFTER_MS = 60_000

/** JSON lines on standard error; standard output has the gateway's address alone. */
export function createLogger(level: string): Logger {
  return pino(loggerOptions(level), destination({ dest: 2, sync: true }))
}

export function loggerOptions(level: string): LoggerOptions {
  return {
    level,
    base: null,
    timestamp: stdTimeFunctions.isoTime,
    redact: { paths: REDACTED, censor: '[redacted]' },
  }
}

/** One line for each answer: who, what, how long. Of the address only the path, since queries carry codes and states. */
export function createRequestLog(logger: Logger): RequestHandler {
  return pinoHttp<Request, Response>({
    logger,
    genReqId: (_req, res) => {
      const id = randomUUID()
      res.setHeader('X-Request-Id', id)
      return id
    },
    quietReqLogger: true,
    autoLogging: { ignore: req => req.url === '/healthz' || req.url === '/readyz' },
    customLogLevel: (_req, res, error) => (error || res.statusCode >= 500 ? 'error' : 'info'),
    customSuccessMessage: () => 'answered',
    customErrorMessage: () => 'answered with an error',
    customProps: (_req, res) => ({ serviceKey: res.locals.wechatServiceKey as unknown }),
    serializers: {
      req: ({ raw }: { raw: Request }) => ({
        method: raw.method,
        path: pathOf(raw),
        ip: raw.ip,
      }),
      res: ({ raw }: { raw: Response }) => ({ status: raw.statusCode }),
      // Its default invents an error with a stack for every 5xx.
      err: (error: Error) => ({ name: error.name }),
    },
  })
}

function pathOf(req: Request): string {
  return (req.originalUrl.split('?')[0] ?? '').slice(0, 200)
}

/** What goes on inside, from the events of the package; none of them holds a secret. */
export function logEvents(tokenManager: TokenManager, logger: Logger): void {
  const isNews = createRepetitionFilter()
  tokenManager
    .on('refresh', event => logger.info(event, 'refreshed'))
    .on('refresh-failed', event => logger.error(event, 'refresh failed'))
    .on('fenced', event => logger.warn(event, 'came too late with a refresh'))
    .on('invalidated', event => logger.warn(event, 'reported dead, and removed'))
    .on('stale-served', event => {
      if (isNews(`stale ${event.credential}`)) logger.warn(event, 'served without confirmation')
    })
    .on('store-unavailable', event => {
      if (isNews(`store ${event.reason}`)) logger.error(event, 'the token store is unavailable')
    })
  subscribe('express-wechat:request-failed', failure => logger.error({ failure }, 'a request failed'))
}

/** True for the first of its kind in a minute: some events come with every request while something is away. */
export function createRepetitionFilter(): (kind: string) => boolean {
  const lastAt = new Map<string, number>()
  return kind => {
    const now = performance.now()
    if (now - (lastAt.get(kind) ?? Number.NEGATIVE_INFINITY) < REPEATED_AFTER_MS) return false
    lastAt.set(kind, now)
    return true
  }
}
