import type { Request, RequestHandler, Response, Router } from 'express'
import { requestError } from '../errors/create-error.js'
import { sendError } from './respond.js'

const METHODS = {
  GET: ['GET'],
  POST: ['POST'],
  'GET or HEAD': ['GET', 'HEAD'],
  'GET or POST': ['GET', 'POST'],
}

/**
 * Mounts a handler at a path for its methods; any other method is answered with 405 and `Allow`. A route for
 * `GET` refuses HEAD, because a login that begins for a HEAD request can't be finished. A route for `GET or HEAD` runs
 * the same handler for both, and Node.js leaves the body out.
 */
export function route(
  router: Router,
  method: keyof typeof METHODS,
  path: string,
  handler: RequestHandler,
): void {
  const methods = METHODS[method]
  router.all(path, (req, res, next) => {
    if (methods.includes(req.method)) handler(req, res, next)
    else sendMethodNotAllowed(res, methods)
  })
}

export function sendMethodNotAllowed(res: Response, allowed: readonly string[]): void {
  res.set('Allow', allowed.join(', '))
  sendError(res, requestError('method_not_allowed'))
}

export function sendNotFound(_req: Request, res: Response): void {
  sendError(res, requestError('not_found'))
}
