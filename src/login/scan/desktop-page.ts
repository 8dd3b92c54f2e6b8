import type { Response } from 'express'
import encodeQr from 'qr'
import { escapeHtml } from '../../http/error-page.js'
import { DESKTOP_SCRIPT } from './desktop-script.js'
import { sendScanPage } from './scan-page.js'
import { desktopTexts, type Language } from './scan-texts.js'

export interface DesktopPage {
  language: Language
  /** The host of the site. */
  site: string
  digits: string
  /** The address in the QR code. */
  ticketUrl: string
  /** The path of the ticket, under which the script asks for its state. */
  ticketPath: string
  logoutPath: string
  /** The path of this page with another ticket. */
  againPath: string
  simulatorOrigins: string | undefined
}

/** The width of the white border around the QR code, in modules; scanners need four. */
const QUIET_ZONE = 4

export function sendDesktopPage(res: Response, page: DesktopPage): void {
  const { language, simulatorOrigins } = page
  const texts = desktopTexts[language]
  // The SVG needs no escaping, because it holds only digits and the commands of a path.
  const code = encodeQr(page.ticketUrl, 'svg', { border: QUIET_ZONE })
  const data = {
    state: 'waiting',
    'status-url': `${page.ticketPath}/status`,
    'finish-url': `${page.ticketPath}/finish`,
    'logout-url': page.logoutPath,
    'again-url': page.againPath,
    texts: JSON.stringify(texts.states),
  }
  const attributes = Object.entries(data).map(([name, value]) => `data-${name}="${escapeHtml(value)}"`)
  const link = `<a href="${escapeHtml(page.ticketUrl)}">${escapeHtml(texts.simulator)}</a>`
  sendScanPage(res, {
    language,
    title: texts.title,
    script: DESKTOP_SCRIPT,
    simulatorOrigins,
    body: `<main ${attributes.join(' ')}>
<h1>${escapeHtml(texts.title)}</h1>
<p class="site">${escapeHtml(page.site)}</p>
<noscript><p role="alert">${escapeHtml(texts.needsScript)}</p></noscript>
<p role="status">${escapeHtml(texts.states.waiting)}</p>
<div class="ongoing">
<p>${escapeHtml(texts.scan)}</p>
<div class="code" role="img" aria-label="${escapeHtml(texts.code)}">${code}</div>
<p>${escapeHtml(texts.digits)}<strong class="digits">${page.digits}</strong></p>
<p class="caution">${escapeHtml(texts.caution)}</p>
${simulatorOrigins === undefined ? '' : `<p><small>${link}</small></p>`}
</div>
<div class="actions ended"><a class="button" href="${escapeHtml(page.againPath)}">${escapeHtml(texts.refresh)}</a></div>
<div class="actions done">
<a class="button" id="proceed" href="${escapeHtml(page.againPath)}">${escapeHtml(texts.proceed)}</a>
<button type="button" class="quiet" id="not-me">${escapeHtml(texts.notMe)}</button>
</div>
</main>`,
  })
}
