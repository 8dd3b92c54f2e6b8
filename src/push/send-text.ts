import type { Response } from 'express'

/** Sends a text with its length: WeChat's check of a URL has failed because of a chunked answer. */
export function sendText(
  res: Response,
  text: string,
  { status = 200, type = 'text/plain' }: { status?: number; type?: string } = {},
): void {
  const body = Buffer.from(text)
  res.statusCode = status
  res.setHeader('Cache-Control', 'no-store')
  res.setHeader('X-Content-Type-Options', 'nosniff')
  res.setHeader('Content-Type', `${type}; charset=utf-8`)
  res.setHeader('Content-Length', body.length)
  res.end(body)
}
