import { type Request, type Response, Router } from 'express'
import { z } from 'zod'
import { requestError } from '../errors/create-error.js'
import type { WechatRequestError } from '../errors/errors.js'
import { asyncHandler } from '../http/async-handler.js'
import { readJsonBody } from '../http/body/json-body.js'
import { errorAnswerShape, type WechatErrorAnswerOption } from '../http/error-answer-option.js'
import { readQuery } from '../http/request.js'
import { sendPrivate } from '../http/respond.js'
import { route, sendNotFound } from '../http/route.js'
import { getContext, getWithTtl } from '../tokens/context.js'
import { resolveTokenManager, type TokenManagerOption, tokenManagerShape } from '../tokens/manager-option.js'
import { parseOptions } from '../util/parse-options.js'
import { credentialField } from '../wechat-api/schemas.js'
import { removeCorsHeaders } from './remove-cors-headers.js'
import { requireServiceKey, type ServiceKeys, serviceKeysSchema } from './require-service-key.js'

/** The options of {@link accessTokenRouter}. */
export interface AccessTokenRouterOptions extends TokenManagerOption, WechatErrorAnswerOption {
  /** The keys of the back ends that may have the token, by the names of the back ends. */
  serviceKeys: ServiceKeys
}

const optionsSchema = z.strictObject({
  ...tokenManagerShape,
  ...errorAnswerShape,
  serviceKeys: serviceKeysSchema,
})

const kindSchema = z.enum(['access_token', 'jsapi_ticket']).default('access_token')
const reportSchema = z.object({ token: credentialField })

/**
 * Back ends cache a token until five minutes before it expires: it can be replaced meanwhile, and WeChat accepts a
 * replaced token for five more minutes.
 */
const OVERLAP_SECONDS = 300
/** A token that is about to expire is still cached for this time, so that back ends don't fetch it for each call. */
const MIN_CACHE_SECONDS = 60
/**
 * WeChat does not report a replaced ticket, so the token manager fetches the ticket every ten minutes, and back ends
 * cache it for at most ten.
 */
const MAX_TICKET_CACHE_SECONDS = 600

/**
 * Gives the account's one access token to back ends in other languages, so that they do not invalidate each
 * other's tokens:
 *
 * - `GET /` answers `{"access_token", "expires_in"}`, with `?type=jsapi_ticket` `{"jsapi_ticket", "expires_in"}`.
 *   `expires_in` is the number of seconds for which a back end may cache the value. It is less than WeChat's.
 * - `POST /invalidate` with `{"token": "…"}` reports a token that WeChat refused (40001, 40014, 42001). The token
 *   is replaced only if it is still the current one; the answer is the current one, as above.
 *
 * Callers send one of `serviceKeys` as `Authorization: Bearer`. Mount this router where only your own machines
 * reach it.
 *
 * @example
 * app.use('/wechat/token', accessTokenRouter({ serviceKeys: { billing: process.env.BILLING_KEY ?? '' } }))
 *
 * @throws {WechatConfigError} from the factory, never showing a key
 */
export function accessTokenRouter(options: AccessTokenRouterOptions): Router {
  const parsed = parseOptions('accessTokenRouter', optionsSchema, options)
  const { onError, serviceKeys } = parsed
  const tokenManager = resolveTokenManager(parsed)
  const { clock } = getContext(tokenManager)

  async function send(req: Request, res: Response): Promise<void> {
    const kind = readKind(req)
    const { value, ttlSeconds } = await getWithTtl(tokenManager, kind)
    sendPrivate(res, { [kind]: value, expires_in: cacheSeconds(kind, ttlSeconds) })
  }

  async function invalidate(req: Request, res: Response): Promise<void> {
    readKind(req)
    const report = reportSchema.safeParse(await readJsonBody(req, res))
    if (!report.success) throw parameterError('"token" must be the token that WeChat refused', '缺少 token')
    await tokenManager.invalidate(report.data.token)
    await send(req, res)
  }

  const router = Router({ caseSensitive: true, strict: true })
  router.use(removeCorsHeaders)
  router.use(requireServiceKey({ serviceKeys, onError, clock }))
  route(router, 'GET', '/', asyncHandler(send, onError))
  route(router, 'POST', '/invalidate', asyncHandler(invalidate, onError))
  router.use(sendNotFound)
  return router
}

function cacheSeconds(kind: z.output<typeof kindSchema>, remainingSeconds: number): number {
  const seconds = Math.max(remainingSeconds - OVERLAP_SECONDS, Math.min(MIN_CACHE_SECONDS, remainingSeconds))
  const longest = kind === 'jsapi_ticket' ? MAX_TICKET_CACHE_SECONDS : Number.POSITIVE_INFINITY
  return Math.max(1, Math.floor(Math.min(seconds, longest)))
}

function readKind(req: Request): z.output<typeof kindSchema> {
  const kind = kindSchema.safeParse(readQuery(req, 'type'))
  if (kind.success) return kind.data
  throw parameterError('"type" must be "access_token" or "jsapi_ticket"', 'type 参数不正确')
}

function parameterError(detail: string, userMessage: string): WechatRequestError {
  return requestError('bad_parameter', detail, { userMessage })
}
