import { type Request, type Response, Router } from 'express'
import { z } from 'zod'
import { WechatRequestError } from '../errors/errors.js'
import { handle } from '../http/async-handler.js'
import { type HandlerOptions, handlerOptionsShape, tokenManagerOf } from '../http/handler-options.js'
import { readJsonBody } from '../http/json-body.js'
import { readQuery } from '../http/query.js'
import { sendPrivate } from '../http/respond.js'
import { route, sendNotFound } from '../http/route.js'
import { getContext, getWithTtl } from '../tokens/context.js'
import { parseOptions } from '../util/parse-options.js'
import { credentialField } from '../wechat-api/schemas.js'
import { requireServiceKey, type ServiceKeys, serviceKeysSchema } from './require-service-key.js'

export interface AccessTokenOptions extends HandlerOptions {
  keys: ServiceKeys
}

const optionsSchema = z.strictObject({ ...handlerOptionsShape, keys: serviceKeysSchema })

const kindSchema = z.enum(['access_token', 'jsapi_ticket']).default('access_token')
const reportSchema = z.object({ token: credentialField })

/** A replaced token works five minutes more, and one may be replaced while somebody keeps it. */
const OVERLAP_SECONDS = 300
/** In a token's last minutes it is kept this long, so that nobody asks again and again. */
const SHORTEST_KEEP_SECONDS = 60
/** WeChat replaces a ticket without a word: this manager looks again after ten minutes, and so must the others. */
const LONGEST_TICKET_KEEP_SECONDS = 600

/**
 * Hands the account's one token to back ends in other languages, so that they stop invalidating each other's:
 *
 * - `GET /` gives `{"access_token", "expires_in"}`, with `?type=jsapi_ticket` `{"jsapi_ticket", "expires_in"}`.
 *   `expires_in` is for how many seconds it may be kept, which is less than what WeChat said.
 * - `POST /invalidate` with `{"token": "…"}` reports one that WeChat called dead (40001, 40014, 42001). It is
 *   replaced only if it is still the current one; the answer is the current one, as above.
 *
 * Callers send one of `keys` as `Authorization: Bearer`. Mount it where only your own machines reach it, and not
 * at all where there are none.
 *
 * @example
 * app.use('/wechat/token', accessTokenHandler({ keys: { billing: process.env.BILLING_KEY ?? '' } }))
 *
 * @throws {WechatConfigError} from the factory, never showing a key
 */
export function accessTokenHandler(options: AccessTokenOptions): Router {
  const parsed = parseOptions('accessTokenHandler', optionsSchema, options)
  const { onError, keys } = parsed
  const tokenManager = tokenManagerOf(parsed)
  const { clock } = getContext(tokenManager)

  async function send(req: Request, res: Response): Promise<void> {
    const kind = readKind(req)
    const { value, ttlSeconds } = await getWithTtl(tokenManager, kind)
    sendPrivate(res, { [kind]: value, expires_in: keepSeconds(kind, ttlSeconds) })
  }

  async function invalidate(req: Request, res: Response): Promise<void> {
    readKind(req)
    const report = reportSchema.safeParse(await readJsonBody(req, res))
    if (!report.success) throw badRequest('"token" must be the token that WeChat refused', '缺少 token')
    await tokenManager.invalidate(report.data.token)
    await send(req, res)
  }

  const router = Router({ caseSensitive: true, strict: true })
  router.use(function hideFromPages(_req, res, next) {
    // An app's own CORS may stand before this; pages have no business here.
    for (const name of res.getHeaderNames()) if (name.startsWith('access-control-')) res.removeHeader(name)
    next()
  })
  router.use(requireServiceKey({ keys, onError, clock }))
  route(router, 'GET', '/', handle(send, onError))
  route(router, 'POST', '/invalidate', handle(invalidate, onError))
  router.use(sendNotFound)
  return router
}

function keepSeconds(kind: z.output<typeof kindSchema>, ttlSeconds: number): number {
  const keep = Math.max(ttlSeconds - OVERLAP_SECONDS, Math.min(SHORTEST_KEEP_SECONDS, ttlSeconds))
  const longest = kind === 'jsapi_ticket' ? LONGEST_TICKET_KEEP_SECONDS : Number.POSITIVE_INFINITY
  return Math.max(1, Math.floor(Math.min(keep, longest)))
}

function readKind(req: Request): z.output<typeof kindSchema> {
  const kind = kindSchema.safeParse(readQuery(req, 'type'))
  if (kind.success) return kind.data
  throw badRequest('"type" must be "access_token" or "jsapi_ticket"', 'type 参数不正确')
}

function badRequest(message: string, userMessage: string): WechatRequestError {
  return new WechatRequestError(message, { code: 'bad_parameter', status: 400, userMessage })
}
