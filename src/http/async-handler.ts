import type { NextFunction, Request, RequestHandler, Response } from 'express'
import { WechatError } from '../errors/errors.js'
import { traceHandler } from '../util/debug-request.js'
import { createFailureReporter } from './report-failure.js'
import { sendError } from './respond.js'

/** Answers an error instead of the handler that threw it. */
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
      // If the answer has begun, the connection is destroyed, so that the client does not take a part for the whole.
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
