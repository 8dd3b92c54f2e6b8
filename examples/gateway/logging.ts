import { subscribe } from 'node:diagnostics_channel'
import type { TokenManager } from 'express-wechat'
import { type Logger, type LoggerOptions, pino, stdTimeFunctions } from 'pino'
import type { LogStream } from './log-stream.ts'
import { createRepetitionLimit, type RepetitionLimit } from './repetition-limit.ts'

/**
 * The fields whose values the logger replaces. No code below logs headers, queries or bodies; this list also protects
 * against a later change that logs them by mistake.
 */
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

/** Creates the logger, which writes JSON lines. */
export function createLogger(level: string, stream: LogStream): Logger {
  const logger = pino(loggerOptions(level), stream)
  // The level is error, so that the loss is visible with LOG_LEVEL=error too.
  stream.onDropped(droppedLines =>
    logger.error({ droppedLines }, 'the reader of the log stalled: lines were dropped'),
  )
  return logger
}

/** During an outage each request fails in the same way, so the number of equal lines is limited. */
export function createLogLimit(logger: Logger): RepetitionLimit {
  return createRepetitionLimit((kind, leftOutLines) =>
    logger.error({ kind, leftOutLines }, 'further lines of this kind were left out'),
  )
}

export function loggerOptions(level: string): LoggerOptions {
  return {
    level,
    base: null,
    timestamp: stdTimeFunctions.isoTime,
    redact: { paths: REDACTED, censor: '[redacted]' },
  }
}

/** Logs the events of the token manager. None of them holds a secret. */
export function logEvents(tokenManager: TokenManager, logger: Logger, limit: RepetitionLimit): void {
  tokenManager
    .on('refresh', event => logger.info(event, 'refreshed'))
    .on('refresh-failed', event => {
      const { credential, code, errcode = '' } = event
      if (limit.allows(`refresh-failed ${credential} ${code} ${errcode}`))
        logger.error(event, 'refresh failed')
    })
    .on('fenced', event => logger.warn(event, 'came too late with a refresh'))
    .on('invalidated', event => logger.warn(event, 'reported dead, and removed'))
    .on('stale-served', event => {
      if (limit.allows(`stale-served ${event.credential}`)) logger.warn(event, 'served without confirmation')
    })
    .on('store-unavailable', event => {
      if (limit.allows(`store-unavailable ${event.reason}`)) {
        logger.error(event, 'the token store is unavailable')
      }
    })
}

/**
 * Warnings of the process become lines of the log too. Node prints them synchronously otherwise, between JSON lines,
 * and nothing counts what a stalled reader does not get.
 */
export function logWarnings(logger: Logger): void {
  const failureCodes = new Set<unknown>()
  subscribe('express-wechat:request-failed', failure => failureCodes.add(Object(failure).code))
  process.removeAllListeners('warning')
  process.on('warning', warning => {
    const code = 'code' in warning ? warning.code : undefined
    // The warning of a failed request is left out, because the request's own line has the same reason.
    if (warning.name === 'WechatWarning' && failureCodes.has(code)) return
    logger.warn({ name: warning.name, code }, warning.message)
  })
}
