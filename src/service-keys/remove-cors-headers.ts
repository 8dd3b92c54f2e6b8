import type { NextFunction, Request, Response } from 'express'

/** Removes the CORS headers that the app has set, so that no page of another origin reads an answer for back ends. */
export function removeCorsHeaders(_req: Request, res: Response, next: NextFunction): void {
  for (const name of res.getHeaderNames()) if (name.startsWith('access-control-')) res.removeHeader(name)
  next()
}
