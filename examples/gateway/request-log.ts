import { AsyncLocalStorage } from 'node:async_hooks'
import { randomUUID } from 'node:crypto'
import { subscribe } from 'node:diagnostics_channel'
import type { Request, RequestHandler, Response } from 'express'
import type { Logger } from 'pino'
import { pinoHttp } from 'pino-http'
import type { RepetitionLimit } from './repetition-limit.ts'

export interface RequestLog {
  readonly logRequest: RequestHandler
  /** Adds the reason to the line of the request. If that line is written already, the reason gets its own line. */
  noteFailure(res: Response | undefined, failure: Failure): void
}

/** Why a request failed. It holds nothing secret. */
export interface Failure {
  code?: unknown
  errcode?: unknown
  endpoint?: unknown
  name?: unknown
  at?: readonly string[]
}

const PROBES = new Set(['/healthz', '/readyz'])

/**
 * Writes one line for each answer: the caller, the request, the duration, and the reason of a failure. The number of
 * equal failures is limited. Probes are logged only if they failed unexpectedly. A line holds only the path of the
 * address, because query strings carry codes and states.
 */
export function createRequestLog(logger: Logger, limit: RepetitionLimit): RequestLog {
  const responses = new AsyncLocalStorage<Response>()
  const writeLineAtEnd = createLineWriter(logger, limit)

  function noteFailure(res: Response | undefined, failure: Failure): void {
    if (res && !res.writableFinished && !res.closed) res.locals.failure = failure
    else if (limit.allows(getKind(failure))) logger.error({ failure }, 'a request failed')
  }

  // The package's report does not name the request, so the response comes from the asynchronous context.
  subscribe('express-wechat:request-failed', failure => noteFailure(responses.getStore(), failure as Failure))

  return {
    noteFailure,
    logRequest(req, res, next) {
      writeLineAtEnd(req, res)
      responses.run(res, next)
    },
  }
}

function createLineWriter(logger: Logger, limit: RepetitionLimit) {
  return pinoHttp<Request, Response>({
    logger,
    genReqId: (_req, res) => {
      const id = randomUUID()
      res.setHeader('X-Request-Id', id)
      return id
    },
    quietReqLogger: true,
    customLogLevel: (req, res, error) => {
      const failure = describeFailure(res)
      if (PROBES.has(readPath(req)) && !failure) return 'silent'
      if (!failure && !error && res.statusCode < 500) return 'info'
      return limit.allows(getKind(failure ?? { code: res.statusCode })) ? 'error' : 'silent'
    },
    customSuccessMessage: (_req, res) => (describeFailure(res) ? 'a request failed' : 'answered'),
    customErrorMessage: () => 'a request failed',
    customProps: (_req, res) => ({
      serviceKey: res.locals.wechatServiceKey as unknown,
      failure: describeFailure(res),
    }),
    serializers: {
      req: ({ raw }: { raw: Request }) => ({
        method: raw.method,
        path: readPath(raw),
        ip: raw.ip,
      }),
      res: ({ raw }: { raw: Response }) => ({ status: raw.statusCode }),
      // pino-http makes up an error with a stack for each 5xx. The line gets only its name.
      err: (error: Error) => ({ name: error.name }),
    },
  })
}

function describeFailure(res: Response): Failure | undefined {
  return res.locals.failure as Failure | undefined
}

/** Equal failures have the same kind. The path is no part of it: visitors choose it. */
function getKind({ code, errcode, endpoint, name, at }: Failure): string {
  return [code, errcode, endpoint, name, at?.[0]?.trim()].filter(part => part !== undefined).join(' ')
}

function readPath(req: Request): string {
  return (req.originalUrl.split('?')[0] ?? '').slice(0, 200)
}
