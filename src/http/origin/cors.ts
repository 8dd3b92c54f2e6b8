import type { NextFunction, Request, RequestHandler, Response } from 'express'
import { z } from 'zod'
import type { PublicOrigin } from './public-origin.js'

/** The option that lets pages of other origins read answers. */
export interface WechatCorsOption {
  /**
   * Whether pages of `allowedOrigins` may read answers, with the cookies of the person (CORS).
   * @default true if `allowedOrigins` has an entry
   */
  cors?: boolean | undefined
}

export const corsShape = { cors: z.boolean('must be true or false').optional() }

const ANSWER_HEADERS = {
  'Access-Control-Allow-Credentials': 'true',
  'Access-Control-Expose-Headers': 'Content-Range, Accept-Ranges, Retry-After',
}

const PREFLIGHT_HEADERS = {
  'Access-Control-Allow-Methods': 'GET, HEAD, POST',
  'Access-Control-Allow-Headers': 'Content-Type, Range',
  'Access-Control-Max-Age': '600',
}

/** The responses of handlers whose answers pages of other origins may read. */
const sharedResponses = new WeakSet<object>()

/**
 * Lets pages of listed origins read the answers of the handlers after it, errors included, and answers their
 * preflight requests. Other origins get no header. If the response has an `Access-Control-Allow-Origin` already, the
 * app has a CORS middleware of its own, and this one adds nothing.
 */
export function createCors(publicOrigin: PublicOrigin, { cors }: WechatCorsOption): RequestHandler {
  const isOn = cors ?? publicOrigin.hasOthers

  return function allowListedOrigins(req, res, next) {
    if (publicOrigin.hasOthers) sharedResponses.add(res)
    if (!isOn || res.hasHeader('Access-Control-Allow-Origin')) {
      next()
      return
    }
    // Without this header, a cache could give a page the answer that was made for another origin, or for none.
    res.vary('Origin')
    const origin = req.get('origin') ?? ''
    if (!publicOrigin.mayRead(origin)) {
      next()
      return
    }
    res.set({ 'Access-Control-Allow-Origin': origin, ...ANSWER_HEADERS })
    if (isPreflight(req)) res.set(PREFLIGHT_HEADERS).status(204).end()
    else next()
  }
}

/** Like {@link createCors}, for one handler that is mounted without a router of this package. */
export function withCors(
  publicOrigin: PublicOrigin,
  option: WechatCorsOption,
  handler: RequestHandler,
): RequestHandler {
  const allowListedOrigins = createCors(publicOrigin, option)
  const named = {
    [handler.name]: (req: Request, res: Response, next: NextFunction): void => {
      allowListedOrigins(req, res, () => handler(req, res, next))
    },
  }
  return named[handler.name] as RequestHandler
}

/**
 * The `Cross-Origin-Resource-Policy` of bytes that pages show: pages of sibling hosts may embed them if the handler
 * serves other origins. Pages of other sites write `<img crossorigin>`.
 */
export function getResourcePolicy(res: object): 'same-site' | 'same-origin' {
  return sharedResponses.has(res) ? 'same-site' : 'same-origin'
}

function isPreflight(req: Request): boolean {
  return req.method === 'OPTIONS' && req.get('access-control-request-method') !== undefined
}
