import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createTokenManager, type TokenManager } from 'express-wechat'
import type { Logger } from 'pino'
import { BASE_PATH, createApp } from './app.ts'
import type { Configuration } from './configuration.ts'
import { answerBrokenRequests } from './errors.ts'
import { createLogStream } from './log-stream.ts'
import { createLogger, createLogLimit, logEvents, logWarnings } from './logging.ts'
import { createMetrics } from './metrics.ts'
import { createRedisConnection, type RedisConnection } from './redis.ts'
import { createRequestLog } from './request-log.ts'
import { createSessions } from './sessions.ts'
import { createDrain } from './stop.ts'

export interface Gateway {
  /** The router's address, as this machine reaches it. */
  url: string
  /**
   * Finishes the requests under way, releases the lease on the token, closes everything and writes the last log lines.
   */
  stop(): Promise<void>
}

/** How long a stop waits for requests under way, so that the whole stop takes at most six seconds. */
const ANSWERS_MS = 4_500
/** Requests that still wait for WeChat after this time are answered with 503, before their connections are cut. */
const CALLS_MS = 4_000
/** How long a stop waits for the reader of the log, which may have stalled. */
const LAST_LINES_MS = 300

export async function startGateway(configuration: Configuration): Promise<Gateway> {
  // The log goes to standard error, so that standard output has the gateway's address alone.
  const logStream = createLogStream(process.stderr)
  const logger = createLogger(configuration.logLevel, logStream)
  const limit = createLogLimit(logger)
  logWarnings(logger)
  const redis =
    configuration.redis &&
    createRedisConnection(configuration.redis, configuration.redisKeyPrefix, error => {
      // The error's text may hold an address with a password, so only its code is logged.
      const code = error instanceof Error && 'code' in error ? error.code : undefined
      if (limit.allows('redis')) logger.error({ code }, 'Redis does not answer')
    })
  const tokenManager = createManager(configuration, redis)
  logEvents(tokenManager, logger, limit)
  warnAboutSuspiciousConfig(configuration, logger)

  const metrics = createMetrics(tokenManager, BASE_PATH, logStream)
  const sessionStore = redis?.createSessionStore(configuration.session.ttlSeconds)
  const server = createServer()
  const drain = createDrain(server, ANSWERS_MS)
  let isStopping = false
  server.on(
    'request',
    createApp(configuration, {
      tokenManager,
      logger,
      session: hasLogins(configuration)
        ? createSessions(configuration.session, sessionStore, () => {
            if (limit.allows('sessions')) logger.error('the session store does not answer')
          })
        : undefined,
      requestLog: createRequestLog(logger, limit),
      observeRequests: metrics.observeRequests,
      isReady: async () => !isStopping && (redis === undefined || (await redis.isUp())),
    }),
  )
  answerBrokenRequests(server)

  await redis?.connect()
  const { host, port, metricsPort } = configuration
  if (metricsPort !== undefined) {
    logger.info({ url: `${await listen(metrics.server, metricsPort, host)}/metrics` }, 'metrics are served')
  }
  const url = `${await listen(server, port, host)}${BASE_PATH}`

  return {
    url,
    async stop() {
      isStopping = true
      logger.info('stopping')
      const callLimit = setTimeout(() => void tokenManager.close(), CALLS_MS)
      await drain()
      clearTimeout(callLimit)
      await tokenManager.close()
      await redis?.close()
      metrics.server.close()
      metrics.server.closeAllConnections()
      limit.close()
      logger.info('stopped')
      await logStream.flush(LAST_LINES_MS)
    },
  }
}

function createManager({ wechat }: Configuration, redis: RedisConnection | undefined): TokenManager {
  const { appId, appSecret, tokenSource, openBaseUrl, timeoutMs, tokenMode } = wechat
  const { apiBaseUrl, allowInsecureApiBaseUrl, proxyUrl, family } = wechat
  const network = { apiBaseUrl, allowInsecureApiBaseUrl, proxyUrl, family, openBaseUrl, timeoutMs }
  return createTokenManager({
    appId,
    appSecret,
    tokenSource,
    ...network,
    tokenMode,
    store: redis?.tokenStore,
  })
}

function hasLogins({ wechat }: Configuration): boolean {
  return wechat.appSecret !== undefined
}

/** Warns about settings that are valid, but usually a mistake. */
function warnAboutSuspiciousConfig(configuration: Configuration, logger: Logger): void {
  const { isProduction, redis, session, trustProxy, wechat } = configuration
  if (hasLogins(configuration) && session.isSecure && trustProxy === false) {
    logger.warn('WECHAT_PUBLIC_URL is https and TRUST_PROXY is not set: logins will be refused as plain http')
  }
  if (wechat.publicUrl !== undefined && new URL(wechat.publicUrl).pathname === '/') {
    logger.warn(`WECHAT_PUBLIC_URL has no path: that is right only where a proxy maps it to ${BASE_PATH}`)
  }
  if (isProduction && redis === undefined) {
    logger.warn('REDIS_URL is not set: tokens and sessions live in this process alone, and end with it')
  }
}

async function listen(server: Server, port: number, host: string): Promise<string> {
  server.listen(port, host)
  await once(server, 'listening')
  const { address, port: taken } = server.address() as AddressInfo
  return `http://${address.includes(':') ? `[${address}]` : address}:${taken}`
}
