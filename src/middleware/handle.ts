import type { NextFunction, Request, RequestHandler, Response } from 'express'
import { WechatError } from '../errors.js'
import { sendError } from './send-json.js'

/** Answers a failure instead of the handler that met it. */
export type ErrorAnswer = (error: WechatError, req: Request, res: Response, next: NextFunction) => void

type AsyncHandler = (req: Request, res: Response, next: NextFunction) => Promise<void> | void

/**
 * An asynchronous handler that answers its own errors: ours in the interface's JSON (or as `onError` wants it),
 * unexpected ones through the app's error handler. On Express 4 and 5 alike.
 */
export function handle(
  handler: AsyncHandler,
  onError: ErrorAnswer = (error, _req, res) => sendError(res, error),
): RequestHandler {
  const named = {
    // The handler's own name, so that stack traces read well.
    [handler.name]: (req: Request, res: Response, next: NextFunction): void => {
      run(handler, req, res, next).catch((error: unknown) => {
        if (!(error instanceof WechatError)) return next(error)
        try {
          onError(error, req, res, next)
        } catch (mistake) {
          next(mistake)
        }
      })
    },
  }
  return named[handler.name] as RequestHandler
}

async function run(handler: AsyncHandler, req: Request, res: Response, next: NextFunction): Promise<void> {
  await handler(req, res, next)
}
