import type { NextFunction, Request, RequestHandler, Response } from 'express'
import { WechatError } from '../errors/errors.js'
import { traceHandler } from '../util/debug-request.js'
import { createFailureReporter } from './report-failure.js'
import { sendError } from './respond.js'

/** Answers a failure instead of the handler that met it. */
export type WechatErrorAnswer = (
  error: WechatError,
  req: Request,
  res: Response,
  next: NextFunction,
) => unknown

type AsyncHandler = (req: Request, res: Response, next: NextFunction) => unknown

/**
 * Makes a handler of Express 4 and 5 from an asynchronous function. Errors of this package are answered with the
 * interface's JSON, or by `onError`; any other error goes to the app's error handler.
 */
export function asyncHandler(
  handler: AsyncHandler,
  onError: WechatErrorAnswer = (error, _req, res) => sendError(res, error),
): RequestHandler {
  const reportFailure = createFailureReporter()
  const traced = traceHandler(handler)

  async function run(req: Request, res: Response, next: NextFunction): Promise<void> {
    try {
      await traced(req, res, next)
    } catch (error) {
      if (!(error instanceof WechatError)) throw error
      reportFailure(error)
      // An answer that has begun can't become an error answer. The client must not take a part for the whole.
      if (res.headersSent) res.destroy()
      else await onError(error, req, res, next)
    }
  }

  const named = {
    // The handler keeps its own name, so that stack traces are readable.
    [handler.name]: (req: Request, res: Response, next: NextFunction): void => {
      run(req, res, next).catch(next)
    },
  }
  return named[handler.name] as RequestHandler
}
