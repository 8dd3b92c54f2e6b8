import type { Request, Response } from 'express'
import { randomUrlSafeText } from '../util/random.js'
import { Html, html } from './html.js'

export type Language = 'zh' | 'en'

export interface Page {
  language: Language
  title: string
  body: Html
  script?: string
}

export function preferredLanguage(req: Request): Language {
  return req.acceptsLanguages('zh', 'en') === 'en' ? 'en' : 'zh'
}

export function sendPage(res: Response, { language, title, body, script }: Page, status = 200): void {
  const nonce = randomUrlSafeText(22)
  const page = html`<!doctype html>
<html lang="${language === 'zh' ? 'zh-CN' : 'en'}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title}</title>
<style nonce="${nonce}">${new Html(style)}</style>
</head>
<body>
<p class="badge" role="note">${language === 'zh' ? '微信模拟器 · 仅供开发' : 'WeChat simulator · for development only'}</p>
<main>${body}</main>
${script === undefined ? '' : html`<script nonce="${nonce}">${new Html(script)}</script>`}
</body>
</html>
`
  // The policy has no `form-action`, because browsers apply it to the redirect to the app after the form, too.
  res.status(status).set({
    'Content-Type': 'text/html; charset=utf-8',
    'Cache-Control': 'no-store',
    'Content-Security-Policy': `default-src 'none'; img-src 'self'; connect-src *; style-src 'nonce-${nonce}'; script-src 'nonce-${nonce}'; base-uri 'none'`,
    'Referrer-Policy': 'no-referrer',
    'X-Content-Type-Options': 'nosniff',
  })
  res.end(page.text)
}

const style = `
:root { color-scheme: light dark; --ink: #1c1f1d; --paper: #f4f5f3; --card: #fff; --line: #d5d9d6; --green: #07803f; }
@media (prefers-color-scheme: dark) { :root { --ink: #e8ebe9; --paper: #161917; --card: #212522; --line: #3b423d; --green: #2fae6b; } }
body { margin: 0; background: var(--paper); color: var(--ink); font: 16px/1.6 system-ui, "PingFang SC", "Microsoft YaHei", sans-serif; }
.badge { margin: 0; padding: .4rem 1rem; background: #6b3fa0; color: #fff; text-align: center; font-size: .875rem; }
main { max-width: 26rem; margin: 1.5rem auto; padding: 0 1rem; }
h1 { font-size: 1.25rem; margin: 0 0 .5rem; }
input { accent-color: var(--green); }
fieldset { border: 0; margin: 1rem 0; padding: 0; }
legend { padding: 0 0 .5rem; }
.person { display: flex; align-items: center; gap: .75rem; padding: .6rem .75rem; margin-bottom: .5rem; background: var(--card); border: 1px solid var(--line); border-radius: .5rem; cursor: pointer; }
.person:has(:checked) { border-color: var(--green); box-shadow: inset 0 0 0 1px var(--green); }
.person img { width: 2.5rem; height: 2.5rem; border-radius: .375rem; }
.person small, .quiet { opacity: .75; font-size: .875rem; }
.choices { position: sticky; bottom: 0; display: flex; gap: .75rem; margin: 0 -1rem; padding: .75rem 1rem; background: var(--paper); }
button { flex: 1; padding: .7rem; font: inherit; border: 1px solid var(--line); border-radius: .5rem; background: var(--card); color: var(--ink); cursor: pointer; }
button.allow { background: var(--green); border-color: var(--green); color: #fff; }
@media (prefers-color-scheme: dark) { button.allow { color: #06150c; } }
:focus-visible { outline: 3px solid #6b8cff; outline-offset: 2px; }
code { overflow-wrap: anywhere; }
.warning { padding: .5rem .75rem; border-left: 4px solid #c77700; background: var(--card); }
`
