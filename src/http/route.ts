import type { Request, RequestHandler, Response, Router } from 'express'
import { WechatRequestError } from '../errors/errors.js'
import { sendError } from './respond.js'

/**
 * A path with one method; any other is 405 with `Allow`. HEAD counts as another: a login that began for a HEAD
 * would be nobody's.
 */
export function route(router: Router, method: 'GET' | 'POST', path: string, handler: RequestHandler): void {
  router.all(path, (req, res, next) => {
    if (req.method === method) handler(req, res, next)
    else sendMethodNotAllowed(res, [method])
  })
}

export function sendMethodNotAllowed(res: Response, allowed: readonly string[]): void {
  res.set('Allow', allowed.join(', '))
  sendError(res, new WechatRequestError('method not allowed', { code: 'method_not_allowed', status: 405 }))
}

export function sendNotFound(_req: Request, res: Response): void {
  sendError(res, new WechatRequestError('no such path', { code: 'not_found', status: 404 }))
}
