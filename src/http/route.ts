import type { Request, RequestHandler, Response, Router } from 'express'
import { requestError } from '../errors/create-error.js'
import { sendError } from './respond.js'

/**
 * Mounts a handler at a path for one method; any other method is answered with 405 and `Allow`. HEAD counts as
 * another method, because a login that begins for a HEAD request can't be finished.
 */
export function route(router: Router, method: 'GET' | 'POST', path: string, handler: RequestHandler): void {
  router.all(path, (req, res, next) => {
    if (req.method === method) handler(req, res, next)
    else sendMethodNotAllowed(res, [method])
  })
}

export function sendMethodNotAllowed(res: Response, allowed: readonly string[]): void {
  res.set('Allow', allowed.join(', '))
  sendError(res, requestError('method_not_allowed'))
}

export function sendNotFound(_req: Request, res: Response): void {
  sendError(res, requestError('not_found'))
}
