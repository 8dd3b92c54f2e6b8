import type { NextFunction, Request, RequestHandler, Response } from 'express'
import { WechatError } from '../errors/errors.js'
import { createFailureReporter } from './report-failure.js'
import { sendError } from './respond.js'

/** Answers a failure instead of the handler that met it. */
export type ErrorAnswer = (error: WechatError, req: Request, res: Response, next: NextFunction) => unknown

type AsyncHandler = (req: Request, res: Response, next: NextFunction) => unknown

/**
 * An asynchronous handler that answers its own errors: ours in the interface's JSON (or as `onError` wants it),
 * unexpected ones through the app's error handler. On Express 4 and 5 alike.
 */
export function handle(
  handler: AsyncHandler,
  onError: ErrorAnswer = (error, _req, res) => sendError(res, error),
): RequestHandler {
  const reportFailure = createFailureReporter()

  async function run(req: Request, res: Response, next: NextFunction): Promise<void> {
    try {
      await handler(req, res, next)
    } catch (error) {
      if (!(error instanceof WechatError)) throw error
      reportFailure(error)
      // What has begun can't be answered otherwise: it is cut off, so that nobody takes it for the whole.
      if (res.headersSent) res.destroy()
      else await onError(error, req, res, next)
    }
  }

  const named = {
    // The handler's own name, so that stack traces read well.
    [handler.name]: (req: Request, res: Response, next: NextFunction): void => {
      run(req, res, next).catch(next)
    },
  }
  return named[handler.name] as RequestHandler
}
