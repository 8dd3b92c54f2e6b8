import type { Response } from 'express'
import { escapeHtml } from '../../http/error-page.js'
import type { DeviceWords } from './device-words.js'
import { sendScanPage } from './scan-page.js'
import { type Language, phoneTexts } from './scan-texts.js'

interface PhonePageFrame {
  language: Language
  simulatorOrigins: string | undefined
}

export interface ConfirmPage extends PhonePageFrame {
  /** The host of the site. */
  site: string
  device: DeviceWords
  /** The person's name, which the desktop shows after the login too. */
  account: string
  formToken: string
  /** Why the form is shown again. */
  complaint?: string
}

/**
 * Sends the form that asks for the two digits. It needs no script. Its field takes no focus by itself, so that a screen
 * reader reads first which computer asks.
 */
export function sendConfirmPage(res: Response, page: ConfirmPage): void {
  const { language, simulatorOrigins, complaint } = page
  const texts = phoneTexts[language]
  const rows = [
    [texts.site, page.site],
    [texts.browser, page.device.browser],
    [texts.system, page.device.system],
    [texts.account, page.account],
  ].map(([name = '', value = '']) => `<dt>${escapeHtml(name)}</dt><dd>${escapeHtml(value)}</dd>`)
  const alert = complaint === undefined ? '' : `<p role="alert" id="complaint">${escapeHtml(complaint)}</p>`
  const described = complaint === undefined ? '' : 'aria-describedby="complaint" aria-invalid="true"'
  sendScanPage(res, {
    status: complaint === undefined ? 200 : 403,
    language,
    title: complaint ?? texts.title,
    simulatorOrigins,
    body: `<main>
<h1>${escapeHtml(texts.heading)}</h1>
<dl>${rows.join('\n')}</dl>
<p class="caution">${escapeHtml(texts.caution)}</p>
<form method="post" autocomplete="off">
<input type="hidden" name="token" value="${escapeHtml(page.formToken)}">
${alert}
<label for="digits">${escapeHtml(texts.digits)}</label>
<input id="digits" name="digits" inputmode="numeric" maxlength="2" autocomplete="off" required ${described}>
<div class="actions">
<button name="action" value="confirm">${escapeHtml(texts.confirm)}</button>
<button name="action" value="refuse" class="quiet" formnovalidate>${escapeHtml(texts.refuse)}</button>
</div>
</form>
</main>`,
  })
}

/** Sends a page with a title and a sentence: how the scan has ended, or an error. */
export function sendResultPage(
  res: Response,
  { status, title, text, language, simulatorOrigins }: PhonePageFrame & ScanResult,
): void {
  sendScanPage(res, {
    status,
    language,
    title,
    simulatorOrigins,
    body: `<main>
<h1>${escapeHtml(title)}</h1>
<p role="status">${escapeHtml(text)}</p>
</main>`,
  })
}

export interface ScanResult {
  status: number
  title: string
  text: string
}
