import type { Response } from 'express'

export interface ErrorPage {
  status: number
  title: string
  text: string
  /** A link by which the person can go on. */
  link?: { href: string; label: string }
  /** The English texts, for a browser that asks for English before Chinese. @default the Chinese texts */
  english?: { title: string; text: string; linkLabel: string }
  /** What the page needs to be shown by the simulator; undefined if WeChat is the real one. */
  simulator?: SimulatorFrame | undefined
}

export interface SimulatorFrame {
  /** The origins at which the simulator shows pages in its phone, as sources of a Content-Security-Policy. */
  origins: string
  /** A note for the developer, in English, below the text. */
  note: string
}

/**
 * Sends a small page to a person who can't go on, in Chinese or English. The page loads and runs nothing, so that
 * its address, which can hold a login code, reaches no other host.
 */
export function sendErrorPage(res: Response, page: ErrorPage): void {
  const { status, link, simulator } = page
  const english = res.req.acceptsLanguages('zh', 'en') === 'en' ? page.english : undefined
  const { title, text } = english ?? page
  const label = english?.linkLabel ?? link?.label ?? ''
  const button = link ? `<p><a href="${escapeHtml(link.href)}">${escapeHtml(label)}</a></p>` : ''
  const note = simulator ? `<p lang="en"><small>${escapeHtml(simulator.note)}</small></p>` : ''
  const ancestors = simulator ? `'self' ${simulator.origins}` : "'self'"
  res
    .vary('Accept-Language')
    .status(status)
    .set({
      'Cache-Control': 'no-store',
      'Referrer-Policy': 'no-referrer',
      'X-Content-Type-Options': 'nosniff',
      'Content-Security-Policy': `default-src 'none'; style-src 'unsafe-inline'; frame-ancestors ${ancestors}; base-uri 'none'`,
    })
    .type('html')
    .send(`<!doctype html>
<html lang="${english ? 'en' : 'zh-CN'}">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeHtml(title)}</title>
<style>
  body { margin: 0; padding: 20vh 24px 0; text-align: center; font: 17px/1.6 system-ui, sans-serif; color: #191919; background: #ededed }
  h1 { font-size: 22px; font-weight: 500; margin: 0 0 8px }
  p { margin: 0 0 24px; color: #666 }
  a { display: inline-block; min-width: 184px; padding: 8px 24px; border-radius: 8px; background: #06803f; color: #fff; text-decoration: none }
  @media (prefers-color-scheme: dark) { body { color: #d5d5d5; background: #111 } p { color: #999 } }
</style>
<main>
<h1>${escapeHtml(title)}</h1>
<p>${escapeHtml(text)}</p>
${button}
${note}
</main>
</html>
`)
}

/** Escapes text that stands between tags, or in attributes with quotes. */
export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, character => `&#${character.charCodeAt(0)};`)
}
