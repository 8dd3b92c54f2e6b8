import type { Request } from 'express'

/** A person's browser asks for a page, and not a script for data: only then does a redirect or a page help. */
export function isPageRequest(req: Request): boolean {
  if (req.method !== 'GET') return false
  const mode = req.get('sec-fetch-mode')
  return mode === undefined ? prefersHtml(req) : mode === 'navigate'
}

/** True only where HTML is wanted before JSON: the answer to anything (`*∕*`) is JSON. */
export function prefersHtml(req: Request): boolean {
  return req.accepts(['json', 'html']) === 'html'
}

/** @see 公众号文档 «网页授权»: WeChat's own browser says so in its User-Agent */
export function isInsideWechat(req: Request): boolean {
  return /micromessenger/i.test(req.get('user-agent') ?? '')
}
