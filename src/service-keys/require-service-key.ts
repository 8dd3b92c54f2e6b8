import { createHash, timingSafeEqual } from 'node:crypto'
import type { Request } from 'express'
import { z } from 'zod'
import { requestError } from '../errors/create-error.js'
import { getClientKey } from '../http/client-key.js'
import { errorAnswerShape, type WechatErrorAnswerOption } from '../http/error-answer-option.js'
import { asyncGuard, type WechatGuard } from '../http/guard.js'
import { markKnownCaller } from '../http/known-caller.js'
import { type Clock, systemClock } from '../util/clock.js'
import { parseOptions } from '../util/parse-options.js'
import { createFailedAttempts } from './failed-attempts.js'

/**
 * The keys of the back ends that may call, by the names of the back ends: one to four keys, each of 32 to 256
 * printable characters. Two names for one back end let it change from the old key to the new one without a gap.
 */
export type ServiceKeys = Readonly<Record<string, string>>

/** The options of {@link requireServiceKey}. */
export interface RequireServiceKeyOptions extends WechatErrorAnswerOption {
  /** The keys that are accepted, by the names of the back ends. */
  serviceKeys: ServiceKeys
  /** The clock by which failures are counted; for tests. @default the system's */
  clock?: Clock | undefined
}

/** A name longer than this is refused: it may be a key in the place of a name, and names are written to logs. */
const MAX_NAME_LENGTH = 31

export const serviceKeysSchema = z
  .record(
    z.string(),
    z.unknown(),
    'must be keys by their names, such as { billing: process.env.BILLING_KEY }',
  )
  // The length of the names is checked first, because the messages of the other checks contain the name.
  .refine(
    keys => Object.keys(keys).every(name => name.length <= MAX_NAME_LENGTH),
    `must have names of at most ${MAX_NAME_LENGTH} characters; write { name: key }, not { key: name }`,
  )
  .pipe(
    z.record(
      z.string().regex(/^\w[\w.-]*$/, 'must have names of letters, digits, "_", "." and "-"'),
      z
        .string('must be a text')
        // Any client can send these characters in a header. The error's message does not show the key.
        .regex(/^[\x21-\x7e]{32,256}$/, 'must be 32 to 256 printable characters without spaces'),
    ),
  )
  .refine(keys => Object.keys(keys).length >= 1, 'must hold at least one key')
  .refine(keys => Object.keys(keys).length <= 4, 'must hold at most four keys')
  .refine(
    keys => new Set(Object.values(keys)).size === Object.keys(keys).length,
    'must hold a key of its own for each name',
  )

const optionsSchema = z.strictObject({
  serviceKeys: serviceKeysSchema,
  ...errorAnswerShape,
  clock: z.custom<Clock>().optional(),
})

const FAILURES_PER_MINUTE = 10
const MINUTE_MS = 60_000

/**
 * Passes requests of back ends that send `Authorization: Bearer {key}`; the key's name is then in
 * `res.locals.wechatServiceKey`, for logs. Requests without a key or with a wrong one get the same 401. After ten of
 * these within a minute, further ones from that address get 429 until the minute is over.
 *
 * @example
 * app.get('/internal/media', requireServiceKey({ serviceKeys: { transcoder: key } }), mediaProxyHandler())
 *
 * @throws {WechatConfigError} from the factory, never showing a key
 */
export function requireServiceKey(options: RequireServiceKeyOptions): WechatGuard {
  const { serviceKeys, onError, clock } = parseOptions('requireServiceKey', optionsSchema, options)
  const findServiceKey = createServiceKeyFinder(serviceKeys)
  const failedAttempts = createFailedAttempts(clock ?? systemClock, FAILURES_PER_MINUTE, MINUTE_MS)

  return asyncGuard(function serviceKeyGuard(req, res, next) {
    const keyName = findServiceKey(req)
    if (keyName === undefined) {
      // A right key always passes, because all clients behind one proxy share an address and therefore its count of
      // failures.
      const client = getClientKey(req.ip)
      const blockedSeconds = failedAttempts.blockedSeconds(client)
      if (blockedSeconds !== undefined) {
        throw requestError('too_many_wrong_keys', undefined, { retryAfterSeconds: blockedSeconds })
      }
      failedAttempts.count(client)
      res.set('WWW-Authenticate', 'Bearer')
      throw requestError('service_key_required')
    }
    res.locals.wechatServiceKey = keyName
    markKnownCaller(req)
    next()
  }, onError)
}

/** Returns a function that finds the name of the service key in a request; undefined if the request holds none. */
export function createServiceKeyFinder(serviceKeys: ServiceKeys): (req: Request) => string | undefined {
  const digests = Object.entries(serviceKeys).map(([name, key]) => ({ name, digest: sha256(key) }))

  return function findServiceKey(req) {
    const bearer = readBearerToken(req)
    if (bearer === undefined) return undefined
    const offered = sha256(bearer)
    let found: string | undefined
    // All keys are compared, so that the time tells neither whether a key was found nor which one.
    for (const { name, digest } of digests) if (timingSafeEqual(digest, offered)) found = name
    return found
  }
}

function readBearerToken(req: Request): string | undefined {
  return /^Bearer +(\S+)$/i.exec(req.get('authorization') ?? '')?.[1]
}

function sha256(text: string): Buffer {
  return createHash('sha256').update(text).digest()
}
