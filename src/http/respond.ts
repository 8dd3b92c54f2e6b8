import type { Response } from 'express'
import { toErrorBody, type WechatError } from '../errors/errors.js'

/**
 * Answers with the interface's error, `{"status", "msg", "data"}`, which no cache may store. If the answer has
 * begun already, the connection is destroyed, so that the client does not take a part for the whole.
 */
export function sendError(res: Response, error: WechatError, data: unknown = undefined): void {
  if (res.headersSent) {
    res.destroy()
    return
  }
  const body = toErrorBody(error)
  // A refusal (4xx other than 429) gets no `Retry-After`, because waiting does not help.
  const isWorthWaiting = error.status === 429 || error.status >= 500
  if (isWorthWaiting && error.retryAfterSeconds !== undefined)
    res.set('Retry-After', String(error.retryAfterSeconds))
  sendPrivate(res.status(error.status), data === undefined ? body : { ...body, data })
}

/**
 * Answers with JSON that is for this visitor at this moment, so that no cache may store it. `res.json()` would compute
 * an ETag too, which nothing can use without a cache.
 */
export function sendPrivate(res: Response, body: unknown): void {
  const json = JSON.stringify(body)
  res.setHeader('Cache-Control', 'no-store')
  res.setHeader('X-Content-Type-Options', 'nosniff')
  res.setHeader('Content-Type', 'application/json; charset=utf-8')
  res.setHeader('Content-Length', Buffer.byteLength(json))
  // The body is a text, because Node.js writes a text together with the headers, but a buffer as a second piece.
  res.end(json)
}

/** Answers 204, which no cache may store. */
export function sendNoContent(res: Response): void {
  res.status(204).set('Cache-Control', 'no-store').end()
}

/**
 * Redirects, and forbids caches to store the redirect: WeChat's browser otherwise stores it. It also forbids the
 * `Referer` header, because the address of the request can hold a login code.
 *
 * @param varyBy the request headers that this redirect depends on
 */
export function redirect(res: Response, location: string, varyBy: readonly string[] = []): void {
  for (const header of varyBy) res.vary(header)
  res
    .status(302)
    .set({
      Location: location,
      'Cache-Control': 'no-store',
      Pragma: 'no-cache',
      'Referrer-Policy': 'no-referrer',
    })
    .end()
}
