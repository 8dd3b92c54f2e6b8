import { createHash } from 'node:crypto'
import type { Response } from 'express'
import { escapeHtml } from '../http/error-page.js'
import { MAX_URL_LENGTH } from '../http/origin/public-origin.js'

/**
 * Adds the fragment of the page's address, such as `#/route`, to the login's `state`, which is the last parameter of
 * the login's address. Browsers do not send fragments to servers. WeChat's own `#wechat_redirect` is left out.
 * The script is ES5 for old browsers of phones, and is the same for each visitor, because the policy has its hash.
 */
const SCRIPT = `
var login = document.currentScript.getAttribute('data-login')
var room = Number(document.currentScript.getAttribute('data-room'))
var fragment = location.hash === '#wechat_redirect' ? '' : encodeURIComponent(location.hash)
location.replace(fragment.length > room ? login : login + fragment)
`

/** The longest origin, in characters, that the login may add to a page without one. */
const MAX_ORIGIN_LENGTH = 260

const SCRIPT_HASH = createHash('sha256').update(SCRIPT).digest('base64')

/**
 * Sends a page that begins a login and keeps the fragment of the visited address. A fragment that would make the
 * login's `state` too long is left out.
 */
export function sendFragmentPage(res: Response, loginUrl: string): void {
  const { address, page } = moveStateToEnd(loginUrl)
  const login = escapeHtml(address)
  const room = Math.max(0, MAX_URL_LENGTH - MAX_ORIGIN_LENGTH - page.length)
  for (const header of ['Cookie', 'User-Agent']) res.vary(header)
  res
    .status(200)
    .set({
      'Cache-Control': 'no-store',
      Pragma: 'no-cache',
      'Referrer-Policy': 'no-referrer',
      'X-Content-Type-Options': 'nosniff',
      'Content-Security-Policy': `default-src 'none'; script-src 'sha256-${SCRIPT_HASH}'; base-uri 'none'`,
    })
    .type('html')
    .send(`<!doctype html>
<html lang="zh-CN">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>微信登录</title>
<script data-login="${login}" data-room="${room}">${SCRIPT}</script>
<noscript><p><a href="${login}">微信登录</a></p></noscript>
</html>
`)
}

function moveStateToEnd(loginUrl: string): { address: string; page: string } {
  const [path, text] = loginUrl.split('?')
  const query = new URLSearchParams(text)
  const page = query.get('state') ?? ''
  query.delete('state')
  query.append('state', page)
  return { address: `${path}?${query}`, page }
}
