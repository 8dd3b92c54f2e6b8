import type { IncomingMessage, ServerResponse } from 'node:http'
import type { NextFunction, Request, Response } from 'express'
import { asyncHandler, type WechatErrorAnswer } from './async-handler.js'

/**
 * A middleware of Express that keeps the types of a route. It is typed by Node.js's request and response, because
 * TypeScript infers the parameters of a route from each handler that names Express's: a `RequestHandler` before the
 * handler of `/photos/:id` would make `req.params.id` of that handler `string | string[]` instead of `string`.
 */
export type WechatGuard = (req: IncomingMessage, res: ServerResponse, next: (error?: unknown) => void) => void

/** The same as {@link asyncHandler}, for a middleware that runs before the handlers of any route. */
export function asyncGuard(
  guard: (req: Request, res: Response, next: NextFunction) => unknown,
  onError?: WechatErrorAnswer,
): WechatGuard {
  // The cast is right, because Express calls the guard with its own request and response.
  return asyncHandler(guard, onError) as WechatGuard
}
