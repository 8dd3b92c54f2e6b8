import type { CookieOptions, Request, Response } from 'express'

/**
 * A mark, for a few seconds, that this browser has just come back from a login. A guard that finds it and nobody
 * logged in knows that the session did not last, and that another login would end the same way, for ever.
 */
const NAME = 'wechat-returned'
const SECONDS = 20

/** `loginPath`: which login it was, since a page may need two of them one after the other. */
export function markReturn(res: Response, loginPath: string, secure: boolean): void {
  res.cookie(NAME, markOf(loginPath), { ...attributes(secure), maxAge: SECONDS * 1000 })
}

export function hasJustReturned(req: Request, loginPath: string): boolean {
  const pairs = (req.headers.cookie ?? '').split(';').map(pair => pair.trim())
  return pairs.includes(`${NAME}=${markOf(loginPath)}`)
}

export function clearReturn(res: Response): void {
  res.clearCookie(NAME, attributes(false))
}

function attributes(secure: boolean): CookieOptions {
  return { httpOnly: true, sameSite: 'lax', secure, path: '/', encode: String }
}

function markOf(loginPath: string): string {
  return Buffer.from(loginPath).toString('base64url')
}
