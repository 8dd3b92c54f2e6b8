import type { Response } from 'express'
import { toErrorBody, type WechatError } from '../errors/errors.js'

/** The interface's error: `{"status", "msg", "data"}`, never cached. A broken stream is cut, not mended. */
export function sendError(res: Response, error: WechatError, data: unknown = undefined): void {
  if (res.headersSent) {
    res.destroy()
    return
  }
  const body = toErrorBody(error)
  // A refusal does not become an acceptance by waiting.
  const isWorthWaiting = error.status === 429 || error.status >= 500
  if (isWorthWaiting && error.retryAfterSeconds !== undefined)
    res.set('Retry-After', String(error.retryAfterSeconds))
  sendPrivate(res.status(error.status), data === undefined ? body : { ...body, data })
}

/** JSON for this visitor at this moment: no cache may replay it. */
export function sendPrivate(res: Response, body: unknown): void {
  res.set({ 'Cache-Control': 'no-store', 'X-Content-Type-Options': 'nosniff' }).json(body)
}
