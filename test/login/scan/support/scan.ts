import decodeQr from 'qr/decode.js'
import { type Answer, AS_SCRIPT, type Browser } from '../../../support/browser.ts'
import type { Site } from '../../../support/site.ts'

/** The side of one module in the picture. */
const PIXELS = 4

export const ON_DESKTOP = {
  headers: {
    accept: 'text/html,*/*;q=0.8',
    'user-agent':
      'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36',
  },
}

/** What a desktop's page shows. */
export interface ShownCode {
  ticketUrl: string
  digits: string
  statusUrl: string
  finishUrl: string
  againUrl: string
}

/** Opens the desktop's page, or reads the page that was opened. */
export async function showCode(site: Site, desktop: Browser, page = '/capsule'): Promise<ShownCode> {
  const answer = await desktop.open(`${site.base}/auth/scan?state=${encodeURIComponent(page)}`, ON_DESKTOP)
  return readShownCode(answer)
}

export function readShownCode({ text, url }: Answer): ShownCode {
  const attribute = (name: string) =>
    new URL((new RegExp(`data-${name}="([^"]*)"`).exec(text)?.[1] ?? '').replaceAll('&#38;', '&'), url).href
  return {
    ticketUrl: readQr(text),
    digits: /<strong class="digits">(\d\d)<\/strong>/.exec(text)?.[1] ?? '',
    statusUrl: attribute('status-url'),
    finishUrl: attribute('finish-url'),
    againUrl: attribute('again-url'),
  }
}

/** Reads the code as a camera does. In its path, each dark module is one unit square after a move. */
function readQr(page: string): string {
  const side = Number(/<svg viewBox="0 0 (\d+) /.exec(page)?.[1])
  const path = /<path d="([^"]*)"/.exec(page)?.[1] ?? ''
  const width = side * PIXELS
  const data = new Uint8ClampedArray(width * width * 4).fill(255)
  let [x, y] = [0, 0]
  for (const [, move, right, down] of path.matchAll(/([Mm])(-?\d+) ?(-?\d+)/g)) {
    x = Number(right) + (move === 'm' ? x : 0)
    y = Number(down) + (move === 'm' ? y : 0)
    paintModule(data, width, x, y)
  }
  return decodeQr({ width, height: width, data })
}

function paintModule(data: Uint8ClampedArray, width: number, x: number, y: number): void {
  for (let row = y * PIXELS; row < (y + 1) * PIXELS; row += 1) {
    const start = (row * width + x * PIXELS) * 4
    for (let at = start; at < start + PIXELS * 4; at += 4) data.fill(0, at, at + 3)
  }
}

/** The phone's form, as the page gave it. */
export function readFormToken({ text }: Answer): string {
  return /name="token" value="([^"]+)"/.exec(text)?.[1] ?? ''
}

export interface Entry {
  token: string
  digits?: string
  action?: string
  origin?: string | undefined
}

export function enter(
  site: Pick<Site, 'origin'>,
  phone: Browser,
  ticketUrl: string,
  entry: Entry,
): Promise<Answer> {
  const { token, digits = '', action = 'confirm' } = entry
  return phone.open(ticketUrl, {
    method: 'POST',
    headers: {
      'content-type': 'application/x-www-form-urlencoded',
      origin: 'origin' in entry ? entry.origin : site.origin,
    },
    body: new URLSearchParams({ token, digits, action }).toString(),
  })
}

/** Opens the code on a phone that is logged in, and enters the digits. */
export async function confirmOnPhone(
  site: Pick<Site, 'origin'>,
  phone: Browser,
  code: ShownCode,
): Promise<Answer> {
  const form = await phone.open(code.ticketUrl)
  return enter(site, phone, code.ticketUrl, { token: readFormToken(form), digits: code.digits })
}

export async function statusOf(desktop: Browser, { statusUrl }: ShownCode): Promise<unknown> {
  return (await desktop.open(statusUrl, AS_SCRIPT)).json
}

export function finish(
  site: Pick<Site, 'origin'>,
  desktop: Browser,
  { finishUrl }: ShownCode,
  origin: string | undefined = site.origin,
): Promise<Answer> {
  return desktop.open(finishUrl, { method: 'POST', headers: { accept: '*/*', origin } })
}

/** Digits that are not the ones of the code. */
export function wrongDigits({ digits }: ShownCode, offset = 1): string {
  return String((Number(digits) + offset) % 100).padStart(2, '0')
}
