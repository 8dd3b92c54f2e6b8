import { createHash } from 'node:crypto'
import type { Response } from 'express'
import { escapeHtml } from '../../http/error-page.js'
import type { Language } from './scan-texts.js'

export interface ScanPage {
  /** The HTTP status. @default 200 */
  status?: number
  language: Language
  title: string
  /** HTML whose texts are escaped. */
  body: string
  /** A script that is the same for each visitor, since the policy names its hash. */
  script?: string
  /** The simulator's origins, which may frame the page; undefined if WeChat is not the simulator. */
  simulatorOrigins: string | undefined
}

const STYLE = `
  * { box-sizing: border-box }
  body { margin: 0; font: 16px/1.6 system-ui, -apple-system, "PingFang SC", "Microsoft YaHei", sans-serif; color: #191919; background: #ededed }
  main { max-width: 400px; margin: 0 auto; padding: 32px 20px; text-align: center; overflow-wrap: anywhere }
  h1 { font-size: 22px; font-weight: 600; margin: 0 0 4px }
  p { margin: 0 0 12px }
  .site, .hint, small { color: #5c5c5c }
  .code { margin: 16px auto; width: min(240px, 100%); padding: 4px; border-radius: 12px; background: #fff }
  .code svg { display: block; width: 100%; height: auto }
  .digits { display: block; font-size: 40px; line-height: 1.2; font-weight: 600; letter-spacing: .3em; text-indent: .3em; font-variant-numeric: tabular-nums }
  .caution { font-size: 14px; color: #5c5c5c }
  [role="status"] { min-height: 1.6em; font-weight: 500 }
  [role="alert"] { color: #b3261e; font-weight: 500 }
  dl { margin: 20px 0; padding: 12px 16px; border-radius: 12px; background: #fff; text-align: left; display: grid; grid-template-columns: auto 1fr; gap: 6px 16px }
  dt { color: #5c5c5c }
  dd { margin: 0; text-align: right }
  label { display: block; margin-bottom: 8px }
  input { width: 132px; padding: 8px; border: 2px solid #767676; border-radius: 12px; font: inherit; font-size: 32px; letter-spacing: .3em; text-align: center; text-indent: .3em; color: inherit; background: #fff }
  .actions { display: grid; gap: 12px; margin: 20px auto 0; max-width: 260px }
  button, .button { display: block; width: 100%; min-height: 44px; padding: 9px 16px; border: 0; border-radius: 8px; font: inherit; font-weight: 500; color: #fff; background: #06803f; text-align: center; text-decoration: none; cursor: pointer }
  .quiet { color: #191919; background: #d9d9d9 }
  :focus-visible { outline: 3px solid #0a5fd8; outline-offset: 2px }
  [hidden], [data-state="refused"] .ongoing, [data-state="expired"] .ongoing, [data-state="failed"] .ongoing, [data-state="confirmed"] .ongoing, [data-state="done"] .ongoing { display: none }
  .ended, .done { display: none }
  [data-state="refused"] .ended, [data-state="expired"] .ended, [data-state="failed"] .ended, [data-state="done"] .done { display: grid }
  .code svg { transition: opacity .2s }
  [data-state="opened"] .code svg { opacity: .15 }
  @media (prefers-reduced-motion: reduce) { * { transition: none !important; animation: none !important } }
  @media (prefers-color-scheme: dark) {
    body { color: #d5d5d5; background: #111 }
    .site, .hint, .caution, small, dt { color: #a3a3a3 }
    dl, input { background: #1e1e1e }
    [role="alert"] { color: #ff8a80 }
    .quiet { color: #e5e5e5; background: #3a3a3a }
    a { color: #7fb0ff }
    .button { color: #fff }
    :focus-visible { outline-color: #7fb0ff }
  }
`

const STYLE_HASH = hashText(STYLE)

/**
 * Sends a page of the scan login. It loads nothing from anywhere, runs the given script alone, and can't be framed,
 * so that no other page can lay itself over its buttons. Its own form and requests carry an `Origin`, which the
 * referrer policy `no-referrer` would replace by `null`.
 */
export function sendScanPage(
  res: Response,
  { status = 200, language, title, body, script, simulatorOrigins }: ScanPage,
): void {
  const policy = [
    "default-src 'none'",
    // The empty icon keeps browsers from asking for /favicon.ico.
    'img-src data:',
    `style-src 'sha256-${STYLE_HASH}'`,
    script === undefined ? "form-action 'self'" : "form-action 'none'",
    ...(script === undefined ? [] : [`script-src 'sha256-${hashText(script)}'`, "connect-src 'self'"]),
    `frame-ancestors ${simulatorOrigins === undefined ? "'none'" : `'self' ${simulatorOrigins}`}`,
    "base-uri 'none'",
  ]
  res
    .vary('Accept-Language')
    .status(status)
    .set({
      'Cache-Control': 'no-store',
      Pragma: 'no-cache',
      'Referrer-Policy': 'same-origin',
      'X-Content-Type-Options': 'nosniff',
      'Content-Security-Policy': policy.join('; '),
    })
    .type('html')
    .send(`<!doctype html>
<html lang="${language === 'en' ? 'en' : 'zh-CN'}">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${escapeHtml(title)}</title>
<link rel="icon" href="data:,">
<style>${STYLE}</style>
${body}
${script === undefined ? '' : `<script>${script}</script>`}
</html>
`)
}

function hashText(text: string): string {
  return createHash('sha256').update(text).digest('base64')
}
