import type { Response } from 'express'
import { html } from './html.js'
import type { Language } from './page.js'

export interface DashboardPage {
  language: Language
  title: string
  /** The simulator's address as a page sees it, without a slash at the end. */
  baseUrl: string
  controlKey: string
  /** The id of the latest call in the history. Calls with higher ids happen after the page was opened. */
  lastCallId: number
  /** The sources of the CSP's `frame-src`: what the page may show in a frame. @default none */
  frameSources?: readonly string[]
}

/**
 * Sends the dashboard's page, which a script fills. The page contains the key of the control API, but other origins
 * can't read the page, and other machines don't get it.
 */
export function sendDashboardPage(
  res: Response,
  { language, title, baseUrl, controlKey, lastCallId, frameSources = [] }: DashboardPage,
): void {
  const frames = frameSources.length > 0 ? `; frame-src ${frameSources.join(' ')}` : ''
  res.set({
    'Content-Type': 'text/html; charset=utf-8',
    'Cache-Control': 'no-store',
    // `img-src` allows `data:`, because weui's styles contain their images as data URLs.
    'Content-Security-Policy': `default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; media-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'${frames}`,
    'Referrer-Policy': 'no-referrer',
    'X-Content-Type-Options': 'nosniff',
  })
  res.end(
    html`<!doctype html>
<html lang="${language === 'zh' ? 'zh-CN' : 'en'}" data-base="${baseUrl}" data-key="${controlKey}" data-call="${lastCallId}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${title}</title>
<link rel="icon" href="${baseUrl}/simulator/files/icon.svg">
<link rel="stylesheet" href="${baseUrl}/simulator/files/dashboard.css">
<script type="module" src="${baseUrl}/simulator/files/dashboard.js"></script>
</head>
<body>
<noscript>${language === 'zh' ? '控制台需要 JavaScript。' : 'The dashboard needs JavaScript.'}</noscript>
</body>
</html>
`.text,
  )
}
