import { createHash, randomBytes } from 'node:crypto'
import type { CookieOptions, Request, Response } from 'express'
import { LOGIN_MINUTES, type LoginStates } from './login-state.js'

/**
 * What the browser keeps while it is away at WeChat: one binding cookie, which proves that the login that comes
 * back was begun here, and for each login under way the page to return to, which never travels through WeChat.
 */
export interface LoginCookies {
  /** The browser's binding, if it has one of ours. */
  readBinding(req: Request): string | undefined
  /** The same, or a new one, which goes out with the response. */
  ensureBinding(req: Request, res: Response): string
  /** The page of a login under way; empty where the cookie is lost or not ours. */
  readReturnUrl(req: Request, id: string): string
  keepReturnUrl(req: Request, res: Response, id: string, returnUrl: string): void
}

export interface LoginCookieScope {
  appId: string
  isSecure(req: Request): boolean
  /** The path below which logins take place. */
  path(req: Request): string
}

const MAX_PENDING = 3
/** Proxies refuse header lines over 8 kB, and Node all headers over 16 kB. */
const MAX_PENDING_BYTES = 6_144
const MAX_AGE_MS = (LOGIN_MINUTES + 1) * 60_000

export function createLoginCookies(states: LoginStates, scope: LoginCookieScope): LoginCookies {
  // Two accounts on one site keep two bindings: each refuses the other's.
  const suffix = createHash('sha256').update(scope.appId).digest('hex').slice(0, 8)
  const pendingPrefix = `wechat-return-${suffix}-`
  // A sibling subdomain can't set a cookie with this prefix, so that nobody plants a binding of theirs here.
  const bindingName = (req: Request) => `${scope.isSecure(req) ? '__Host-' : ''}wechat-login-${suffix}`
  const attributes = (req: Request, path: string): CookieOptions => ({
    httpOnly: true,
    sameSite: 'lax',
    secure: scope.isSecure(req),
    path,
    encode: String,
  })

  function readBinding(req: Request): string | undefined {
    const [binding = '', seal = ''] = (readCookies(req).get(bindingName(req)) ?? '').split('.')
    return states.isSealed('binding', binding, seal) ? binding : undefined
  }

  /** Ours alone: other names that begin alike are planted, and some can't even be cleared. */
  function readPending(req: Request): { name: string; issuedAt: string; bytes: number }[] {
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
    readBinding,
    ensureBinding(req, res) {
      const known = readBinding(req)
      if (known) return known
      const binding = randomBytes(16).toString('hex')
      res.cookie(bindingName(req), `${binding}.${states.seal('binding', binding)}`, attributes(req, '/'))
      return binding
    },
    readReturnUrl(req, id) {
      const value = readCookies(req).get(pendingPrefix + id.slice(0, 16)) ?? ''
      const [, encoded = '', seal = ''] = value.split('.')
      if (!states.isSealed(`return ${id}`, encoded, seal)) return ''
      return Buffer.from(encoded, 'base64url').toString('utf8')
    },
    keepReturnUrl(req, res, id, returnUrl) {
      if (returnUrl === '') return
      const encoded = Buffer.from(returnUrl).toString('base64url')
      const value = `${Date.now().toString(36)}.${encoded}.${states.seal(`return ${id}`, encoded)}`
      const path = scope.path(req)
      const pending = readPending(req).sort((a, b) => (a.issuedAt < b.issuedAt ? 1 : -1))
      let bytes = value.length + pendingPrefix.length
      pending.forEach((cookie, index) => {
        bytes += cookie.bytes
        // The newest stay; this login's own is one of the three.
        if (index >= MAX_PENDING - 1 || bytes > MAX_PENDING_BYTES)
          res.clearCookie(cookie.name, attributes(req, path))
      })
      res.cookie(pendingPrefix + id.slice(0, 16), value, { ...attributes(req, path), maxAge: MAX_AGE_MS })
    },
  }
}

/** The raw values: ours need no decoding, and foreign ones can't make it throw. */
export function readCookies(req: Request): Map<string, string> {
  const pairs = (req.headers.cookie ?? '').split(';').map(pair => {
    const equals = pair.indexOf('=')
    return [pair.slice(0, equals).trim(), pair.slice(equals + 1).trim()] as const
  })
  // The first of a name is the one with the longest path, which is where ours are set.
  return new Map(pairs.toReversed())
}
