import { createHash, timingSafeEqual } from 'node:crypto'
import type { Request, RequestHandler } from 'express'
import { z } from 'zod'
import { WechatRequestError } from '../errors/errors.js'
import { handle } from '../http/async-handler.js'
import { getClientKey } from '../http/client-key.js'
import { type HandlerOptions, handlerOptionsShape } from '../http/handler-options.js'
import { markKnownCaller } from '../http/known-caller.js'
import { type Clock, systemClock } from '../util/clock.js'
import { parseOptions } from '../util/parse-options.js'
import { createFailureLimit } from './failed-attempts.js'

/**
 * The keys of the back ends that may call, by their names: at most four, each of at least 32 characters. Two names
 * for one back end let it change from the old key to the new one without a gap.
 */
export type ServiceKeys = Readonly<Record<string, string>>

export interface RequireServiceKeyOptions extends Pick<HandlerOptions, 'onError'> {
  keys: ServiceKeys
  /** For tests. @default the system's */
  clock?: Clock | undefined
}

export const serviceKeysSchema = z
  .record(
    z.string().regex(/^\w[\w.-]{0,63}$/, 'must have names of letters, digits, "_", "." and "-"'),
    z
      .string('must be a text')
      // What one header can carry in any client; the message never shows the value.
      .regex(/^[\x21-\x7e]{32,256}$/, 'must be 32 to 256 printable characters without spaces'),
    'must be keys by their names, such as { billing: process.env.BILLING_KEY }',
  )
  .refine(keys => Object.keys(keys).length >= 1, 'must hold at least one key')
  .refine(keys => Object.keys(keys).length <= 4, 'must hold at most four keys')
  .refine(
    keys => new Set(Object.values(keys)).size === Object.keys(keys).length,
    'must hold a key of its own for each name',
  )

const optionsSchema = z.strictObject({
  keys: serviceKeysSchema,
  onError: handlerOptionsShape.onError,
  clock: z.custom<Clock>().optional(),
})

const FAILURES_PER_MINUTE = 10
const MINUTE_MS = 60_000

/**
 * Lets back ends pass that send `Authorization: Bearer {key}`. A missing and a wrong key get the same 401; after
 * ten of them in a minute further ones of that address get 429 until the minute is over. Leaves the key's name in
 * `res.locals.wechatServiceKey`, for logs.
 *
 * @example
 * app.get('/internal/media', requireServiceKey({ keys: { transcoder: key } }), mediaProxyHandler())
 *
 * @throws {WechatConfigError} from the factory, never showing a key
 */
export function requireServiceKey(options: RequireServiceKeyOptions): RequestHandler {
  const { keys, onError, clock } = parseOptions('requireServiceKey', optionsSchema, options)
  const findServiceKey = createServiceKeyFinder(keys)
  const failures = createFailureLimit(clock ?? systemClock, FAILURES_PER_MINUTE, MINUTE_MS)

  return handle(function serviceKeyGuard(req, res, next) {
    const found = findServiceKey(req)
    if (found === undefined) {
      // A right key always passes: behind one proxy, a stranger's failures count for everybody's address.
      const client = getClientKey(req.ip)
      const blockedSeconds = failures.blockedSeconds(client)
      if (blockedSeconds !== undefined) throw tooManyFailures(blockedSeconds)
      failures.count(client)
      res.set('WWW-Authenticate', 'Bearer')
      throw wrongKey()
    }
    res.locals.wechatServiceKey = found
    markKnownCaller(req)
    next()
  }, onError)
}

/** Returns a function that tells the name of the key that a request carries; undefined if it carries none of them. */
export function createServiceKeyFinder(keys: ServiceKeys): (req: Request) => string | undefined {
  const digests = Object.entries(keys).map(([name, key]) => ({ name, digest: sha256(key) }))

  return function findServiceKey(req) {
    const bearer = bearerOf(req)
    if (bearer === undefined) return undefined
    const offered = sha256(bearer)
    let found: string | undefined
    // All of them are compared, so that the time tells neither whether a key was found nor which.
    for (const { name, digest } of digests) if (timingSafeEqual(digest, offered)) found = name
    return found
  }
}

function bearerOf(req: Request): string | undefined {
  return /^Bearer +(\S+)$/i.exec(req.get('authorization') ?? '')?.[1]
}

function sha256(text: string): Buffer {
  return createHash('sha256').update(text).digest()
}

function wrongKey(): WechatRequestError {
  return new WechatRequestError('no valid service key', {
    code: 'service_key_required',
    status: 401,
    userMessage: '服务密钥缺失或无效',
  })
}

function tooManyFailures(retryAfterSeconds: number): WechatRequestError {
  return new WechatRequestError('too many wrong service keys from this address', {
    code: 'too_many_wrong_keys',
    status: 429,
    retryAfterSeconds,
  })
}
