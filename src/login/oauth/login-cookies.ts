import { createHash, randomBytes } from 'node:crypto'
import type { CookieOptions, Request, Response } from 'express'
import { readCookies } from '../../http/cookies.js'
import { LOGIN_MINUTES, type LoginStates } from './login-state.js'

/**
 * What the browser keeps during logins: one login nonce cookie, which proves that the login was begun in this
 * browser, and for each pending login one cookie with the page to return to, which never travels through WeChat.
 */
export interface LoginCookies {
  /** The browser's login nonce, if it has one that this account signed. */
  readLoginNonce(req: Request): string | undefined
  /** The browser's login nonce, or a new one, which the response sets. */
  ensureLoginNonce(req: Request, res: Response): string
  /** Deletes the browser's login nonce, so that logins that were begun with it can't be finished any more. */
  clearLoginNonce(req: Request, res: Response): void
  /** The page of a pending login; empty if its cookie is lost or was not signed by this account. */
  readReturnUrl(req: Request, loginId: string): string
  keepReturnUrl(req: Request, res: Response, loginId: string, returnUrl: string): void
}

export interface LoginCookieScope {
  appId: string
  isSecure(req: Request): boolean
  /** The path of the login. The cookies with the pages to return to have it as their `Path`. */
  path(req: Request): string
}

interface PendingCookie {
  name: string
  issuedAt: string
  bytes: number
}

const MAX_PENDING = 3
/** The limit for all cookies of pending logins: proxies refuse header lines over 8 kB, and Node.js headers over 16 kB. */
const MAX_PENDING_BYTES = 6_144
/**
 * One answer deletes at most this many cookies: a sibling subdomain can plant hundreds, and proxies refuse an answer
 * whose headers are over 4 or 8 kB.
 */
const MAX_CLEARED = 6
const MAX_AGE_MS = (LOGIN_MINUTES + 1) * 60_000
const ID_DIGITS = 16

export function createLoginCookies(states: LoginStates, scope: LoginCookieScope): LoginCookies {
  // Two accounts on one site have cookies of different names, because each refuses the other's signatures.
  const suffix = createHash('sha256').update(scope.appId).digest('hex').slice(0, 8)
  const pendingPrefix = `wechat-return-${suffix}-`
  const pendingName = (loginId: string) => pendingPrefix + loginId.slice(0, ID_DIGITS)
  // Browsers accept a cookie with the prefix __Host- from this host alone, so no sibling subdomain can plant a nonce.
  const nonceName = (req: Request) => `${scope.isSecure(req) ? '__Host-' : ''}wechat-login-${suffix}`
  const attributes = (req: Request, path: string): CookieOptions => ({
    httpOnly: true,
    sameSite: 'lax',
    secure: scope.isSecure(req),
    path,
    encode: String,
  })

  function readLoginNonce(req: Request): string | undefined {
    const [nonce = '', signature = ''] = (readCookies(req).get(nonceName(req)) ?? '').split('.')
    return states.verify('login nonce', nonce, signature) ? nonce : undefined
  }

  /**
   * Returns the cookies of pending logins. A cookie with the prefix and a name of another form is not of this package,
   * and is left out, because `res.clearCookie()` throws for some names.
   */
  function readPending(req: Request): PendingCookie[] {
    return [...readCookies(req)]
      .filter(
        ([name]) => name.startsWith(pendingPrefix) && /^[0-9a-f]{16}$/.test(name.slice(pendingPrefix.length)),
      )
      .map(([name, value]) => ({
        name,
        issuedAt: value.split('.')[0] ?? '',
        bytes: name.length + value.length,
      }))
  }

  return {
    readLoginNonce,
    ensureLoginNonce(req, res) {
      const known = readLoginNonce(req)
      if (known) return known
      const nonce = randomBytes(16).toString('hex')
      res.cookie(nonceName(req), `${nonce}.${states.sign('login nonce', nonce)}`, attributes(req, '/'))
      return nonce
    },
    clearLoginNonce(req, res) {
      res.clearCookie(nonceName(req), attributes(req, '/'))
    },
    readReturnUrl(req, loginId) {
      const value = readCookies(req).get(pendingName(loginId)) ?? ''
      const [, encoded = '', signature = ''] = value.split('.')
      if (!states.verify(`return ${loginId}`, encoded, signature)) return ''
      return Buffer.from(encoded, 'base64url').toString('utf8')
    },
    keepReturnUrl(req, res, loginId, returnUrl) {
      if (returnUrl === '') return
      const encoded = Buffer.from(returnUrl).toString('base64url')
      const signature = states.sign(`return ${loginId}`, encoded)
      const value = `${Date.now().toString(36)}.${encoded}.${signature}`
      const path = scope.path(req)
      for (const { name } of selectSurplus(readPending(req), value.length + pendingPrefix.length)) {
        res.clearCookie(name, attributes(req, path))
      }
      res.cookie(pendingName(loginId), value, { ...attributes(req, path), maxAge: MAX_AGE_MS })
    },
  }
}

/**
 * Selects the cookies to delete before a new one of this size is set: those over the limits of 3 cookies or 6,144
 * bytes, the oldest first, and at most 6.
 */
function selectSurplus(pending: PendingCookie[], newBytes: number): PendingCookie[] {
  const newestFirst = pending.sort((a, b) => (a.issuedAt < b.issuedAt ? 1 : -1))
  let bytes = newBytes
  const surplus = newestFirst.filter((cookie, index) => {
    bytes += cookie.bytes
    return index >= MAX_PENDING - 1 || bytes > MAX_PENDING_BYTES
  })
  return surplus.slice(-MAX_CLEARED)
}
