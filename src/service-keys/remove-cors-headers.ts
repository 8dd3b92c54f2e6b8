import type { NextFunction, Request, Response } from 'express'

/** Removes what the app's own CORS middleware set before: no page may read what only back ends with a key may have. */
export function removeCorsHeaders(_req: Request, res: Response, next: NextFunction): void {
  for (const name of res.getHeaderNames()) if (name.startsWith('access-control-')) res.removeHeader(name)
  next()
}
