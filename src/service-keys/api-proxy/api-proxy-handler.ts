import { type Request, type Response, Router } from 'express'
import { z } from 'zod'
import { unavailableError } from '../../errors/create-error.js'
import { asyncHandler } from '../../http/async-handler.js'
import { errorAnswerShape, type WechatErrorAnswerOption } from '../../http/error-answer-option.js'
import { sendMethodNotAllowed } from '../../http/route.js'
import { getContext } from '../../tokens/context.js'
import {
  resolveTokenManager,
  type TokenManagerOption,
  tokenManagerShape,
} from '../../tokens/manager-option.js'
import { parseOptions } from '../../util/parse-options.js'
import { type ForwardedAnswer, type ForwardedCall, forwardCall } from '../../wechat-api/forward.js'
import { removeCorsHeaders } from '../remove-cors-headers.js'
import { requireServiceKey, type ServiceKeys, serviceKeysSchema } from '../require-service-key.js'
import { type AllowedApis, allowedApisSchema, parseApiTarget } from './api-path.js'
import { dropRestOfBody, readProxyBody } from './request-body.js'
import { isDeadTokenAnswer, sendApiAnswer } from './send-api-answer.js'
import { createTokenConfirmation } from './token-confirmation.js'

/** The options of {@link apiProxyHandler}. */
export interface ApiProxyOptions extends TokenManagerOption, WechatErrorAnswerOption {
  /** The keys of the back ends that may call, by the names of the back ends. */
  serviceKeys: ServiceKeys
  /** The whole paths that each back end may call, by the names in `serviceKeys`. One without an entry may call none. */
  allow: AllowedApis
}

type Exchange = Omit<ForwardedCall, 'accessToken'>

const optionsSchema = z
  .strictObject({
    ...tokenManagerShape,
    ...errorAnswerShape,
    serviceKeys: serviceKeysSchema,
    allow: allowedApisSchema,
  })
  .refine(({ allow, serviceKeys }) => Object.keys(allow).every(name => Object.hasOwn(serviceKeys, name)), {
    path: ['allow'],
    message: 'must have the names of "serviceKeys" as its names',
  })

/**
 * Lets back ends call WeChat's API through this server: `GET` or `POST {mount}/cgi-bin/…` with a service key, without
 * a token. WeChat's IP whitelist then has to list this server only. If WeChat refuses the token, it is replaced and
 * the call sent once more; a multipart body over 1 MiB is sent only after WeChat has confirmed the token.
 *
 * WeChat's status, content type and body come back; 45009 and 45011 with status 429.
 *
 * @example
 * app.use('/wechat/api', apiProxyHandler({ serviceKeys: { shop: key }, allow: { shop: ['/cgi-bin/tags/get'] } }))
 *
 * @throws {WechatConfigError} from the factory, never showing a key
 */
export function apiProxyHandler(options: ApiProxyOptions): Router {
  const parsed = parseOptions('apiProxyHandler', optionsSchema, options)
  const { onError, serviceKeys, allow } = parsed
  const tokenManager = resolveTokenManager(parsed)
  const { client, clock } = getContext(tokenManager)
  const confirmation = createTokenConfirmation(tokenManager)

  async function apiProxy(req: Request, res: Response): Promise<void> {
    const target = parseApiTarget(req, String(res.locals.wechatServiceKey), allow)
    if (req.method !== 'GET' && req.method !== 'POST') return sendMethodNotAllowed(res, ['GET', 'POST'])
    const gone = new AbortController()
    res.once('close', () => gone.abort())
    try {
      await passOn(req, res, { ...target, method: req.method, signal: gone.signal })
    } catch (error) {
      // If the client has disconnected, no answer is sent and no error is passed on.
      const isGone = () => gone.signal.aborted || (req.destroyed && !req.complete)
      if (isGone()) return
      await dropRestOfBody(req)
      if (!isGone()) throw error
    }
  }

  async function passOn(req: Request, res: Response, call: Exchange): Promise<void> {
    const body = await readProxyBody(req)
    if (body?.canReopen === false) await sendOnce(req, res, { ...call, body })
    else await sendTwiceIfNeeded(res, { ...call, body })
  }

  async function sendTwiceIfNeeded(res: Response, call: Exchange): Promise<void> {
    const token = await tokenManager.getAccessToken()
    const answer = await exchange(call, token)
    if (!isDeadTokenAnswer(answer)) return sendApiAnswer(res, answer, [token])
    await tokenManager.invalidate(token)
    const fresh = await tokenManager.getAccessToken()
    // If the manager still returns the refused token, WeChat would refuse it again, so its first answer is sent.
    if (fresh === token) return sendApiAnswer(res, answer, [token])
    await sendApiAnswer(res, await exchange(call, fresh), [token, fresh])
  }

  async function sendOnce(req: Request, res: Response, call: Exchange): Promise<void> {
    const token = await confirmation.get()
    const answer = await exchange(call, token)
    // WeChat can answer before it has received the whole body. The rest is then not sent to WeChat.
    if (answer.isComplete) answer.close()
    await dropRestOfBody(req)
    if (!isDeadTokenAnswer(answer)) return sendApiAnswer(res, answer, [token])
    // WeChat refused the token after it had confirmed it. The body was read, so only the client can send it again.
    await tokenManager.invalidate(token)
    throw unavailableError('api_token_unconfirmed', undefined, 1)
  }

  async function exchange(call: Exchange, accessToken: string): Promise<ForwardedAnswer> {
    const answer = await forwardCall(client, { ...call, accessToken })
    if (!isDeadTokenAnswer(answer) && answer.status === 200) confirmation.note(accessToken)
    return answer
  }

  const router = Router({ caseSensitive: true, strict: true })
  router.use(removeCorsHeaders)
  router.use(requireServiceKey({ serviceKeys, onError, clock }))
  router.use(asyncHandler(apiProxy, onError))
  return router
}
