import type { Response } from 'express'

export interface Notice {
  status: number
  title: string
  text: string
  /** A way on: an address of ours, and what it says. */
  link?: { href: string; label: string }
}

/**
 * A small Chinese page for a person who can't go on. It loads nothing and runs nothing, so that the address that
 * led here, with its login code, leaks nowhere.
 */
export function sendNoticePage(res: Response, { status, title, text, link }: Notice): void {
  const button = link ? `<p><a href="${escapeHtml(link.href)}">${escapeHtml(link.label)}</a></p>` : ''
  res
    .status(status)
    .set({
      'Cache-Control': 'no-store',
      'Referrer-Policy': 'no-referrer',
      'X-Content-Type-Options': 'nosniff',
      'Content-Security-Policy': `default-src 'none'; style-src 'unsafe-inline'; frame-ancestors ${framersOf(res)}; base-uri 'none'`,
    })
    .type('html')
    .send(`<!doctype html>
<html lang="zh-CN">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeHtml(title)}</title>
<style>
  body { margin: 0; padding: 20vh 24px 0; text-align: center; font: 17px/1.6 system-ui, sans-serif; color: #191919; background: #ededed }
  h1 { font-size: 22px; font-weight: 500; margin: 0 0 8px }
  p { margin: 0 0 24px; color: #666 }
  a { display: inline-block; min-width: 184px; padding: 8px 24px; border-radius: 8px; background: #07c160; color: #fff; text-decoration: none }
  @media (prefers-color-scheme: dark) { body { color: #d5d5d5; background: #111 } p { color: #999 } }
</style>
<h1>${escapeHtml(title)}</h1>
<p>${escapeHtml(text)}</p>
${button}
</html>
`)
}

/** On a developer's own machine the simulator shows this page in its phone, from another port. */
function framersOf(res: Response): string {
  const isLocal = /^(?:localhost|127\.0\.0\.1)(?::\d+)?$/.test(res.req.headers.host ?? '')
  return isLocal ? "'self' http://localhost:* http://127.0.0.1:*" : "'self'"
}

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, character => `&#${character.charCodeAt(0)};`)
}
