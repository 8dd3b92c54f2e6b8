import { createServer, type Server } from 'node:http'
import type { Request, RequestHandler, Response } from 'express'
import type { TokenManager } from 'express-wechat'
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client'
import type { LogStream } from './log-stream.ts'

export interface Metrics {
  /** Measures the number and the duration of the answers of the public port. */
  readonly observeRequests: RequestHandler
  /** Serves `GET /metrics`, for a port of its own. */
  readonly server: Server
}

/** The values of each label are a short fixed list, so that a client can't add time series without limit. */
const PATHS = new Set([
  '/auth',
  '/auth/code',
  '/auth/login',
  '/auth/user',
  '/auth/user/openid',
  '/auth/logout',
  '/offiaccount/user',
  '/offiaccount/jssdk',
  '/offiaccount/media',
  '/token',
  '/token/invalidate',
  '/jweixin.js',
])
const METHODS = new Set(['GET', 'POST', 'HEAD', 'OPTIONS'])

export function createMetrics(tokenManager: TokenManager, basePath: string, log: LogStream): Metrics {
  const registry = new Registry()
  const registers = [registry]
  collectDefaultMetrics({ register: registry })
  countEvents(tokenManager, registers)
  countDroppedLines(log, registers)
  const durations = new Histogram({
    name: 'http_request_duration_seconds',
    help: 'How long answers took, until their last byte',
    labelNames: ['method', 'path', 'status'],
    buckets: [0.005, 0.02, 0.05, 0.1, 0.3, 1, 3, 10],
    registers,
  })

  function observeRequests(req: Request, res: Response, next: () => void): void {
    const startedAt = performance.now()
    // The path is read now, because routers change it while they handle the request.
    const below = req.path.startsWith(`${basePath}/`) ? req.path.slice(basePath.length) : ''
    res.once('close', () => {
      const labels = {
        method: METHODS.has(req.method) ? req.method : 'other',
        path: getLabel(below),
        status: res.writableFinished ? String(res.statusCode) : 'aborted',
      }
      durations.observe(labels, (performance.now() - startedAt) / 1000)
    })
    next()
  }

  const server = createServer((req, res) => {
    if (req.method !== 'GET' || req.url !== '/metrics') {
      res.writeHead(404).end()
      return
    }
    registry.metrics().then(
      text => res.writeHead(200, { 'Content-Type': registry.contentType }).end(text),
      () => res.writeHead(500).end(),
    )
  })
  return { observeRequests, server }
}

function getLabel(path: string): string {
  if (path.startsWith('/api/')) return '/api'
  return PATHS.has(path) ? path : 'other'
}

function countEvents(tokenManager: TokenManager, registers: Registry[]): void {
  const labelNames = ['credential'] as const
  const refreshes = new Histogram({
    name: 'wechat_credential_refresh_duration_seconds',
    help: 'Credentials fetched from WeChat, and how long that took',
    labelNames,
    buckets: [0.05, 0.1, 0.3, 1, 3, 10],
    registers,
  })
  const refreshedAt = new Gauge({
    name: 'wechat_credential_refreshed_timestamp_seconds',
    help: 'When this process last fetched a credential from WeChat',
    labelNames,
    registers,
  })
  const failures = new Counter({
    name: 'wechat_credential_refresh_failures_total',
    help: 'Refreshes that failed, by the code of the error and by the errcode of WeChat',
    labelNames: ['credential', 'code', 'errcode'],
    registers,
  })
  const count = (name: string, help: string) => new Counter({ name, help, labelNames, registers })
  const stale = count(
    'wechat_credential_stale_served_total',
    'Credentials served without a late confirmation',
  )
  const fenced = count('wechat_credential_fenced_total', 'Refreshes that came too late to be published')
  const invalidated = count('wechat_credential_invalidated_total', 'Credentials reported dead, and removed')
  const storeFailures = new Counter({
    name: 'wechat_token_store_failures_total',
    help: 'Questions that the token store did not answer, by the reason',
    labelNames: ['credential', 'reason'],
    registers,
  })

  tokenManager
    .on('refresh', ({ credential, durationMs }) => {
      refreshes.observe({ credential }, durationMs / 1000)
      refreshedAt.set({ credential }, Date.now() / 1000)
    })
    .on('refresh-failed', ({ credential, code, errcode }) =>
      failures.inc({ credential, code, errcode: errcode === undefined ? '' : String(errcode) }),
    )
    .on('stale-served', ({ credential }) => stale.inc({ credential }))
    .on('fenced', ({ credential }) => fenced.inc({ credential }))
    .on('invalidated', ({ credential }) => invalidated.inc({ credential }))
    .on('store-unavailable', ({ credential, reason }) => storeFailures.inc({ credential, reason }))
}

function countDroppedLines(log: LogStream, registers: Registry[]): void {
  new Counter({
    name: 'log_lines_dropped_total',
    help: 'Log lines that were dropped because the reader of the log had stalled or gone away',
    registers,
    collect() {
      this.reset()
      this.inc(log.droppedLines)
    },
  })
}
