import { createHash } from 'node:crypto'
import type { CookieOptions, Request, Response } from 'express'
import type {} from 'express-session'

/**
 * A mark that this browser has just come back from a login, kept for 20 seconds. A guard that finds it and nobody
 * logged in knows that the login did not last. The mark also names the session of that login, by its hash, and counts
 * the logins in a row, so that a guard can tell a lost cookie from a session that the store forgot.
 */
interface ReturnedMark {
  /** 1 for the first login. */
  round: number
  sessionHash: string
}

const NAME = 'wechat-returned'
const SECONDS = 20
/** A store that forgets each login would otherwise send people to the login for ever. */
const MAX_ROUNDS = 3

/** `loginPath`: which login it was, since a page may need two of them one after the other. */
export function markReturn(req: Request, res: Response, loginPath: string, secure: boolean): void {
  const round = (readMark(req, loginPath)?.round || 0) + 1
  const value = `${encodePath(loginPath)}.${round}.${hashOf(req.sessionID)}`
  res.cookie(NAME, value, { ...attributes(secure), maxAge: SECONDS * 1000 })
}

/**
 * Whether this browser has just returned from a login that did not last, and another one would end the same way. That
 * is not so if the session's cookie came back and the store does not know its session: the server restarted, and
 * another login can last.
 */
export function isLoginLost(req: Request, loginPath: string): boolean {
  const mark = readMark(req, loginPath)
  if (!mark) return false
  return mark.round >= MAX_ROUNDS || !isSessionForgotten(req, mark.sessionHash)
}

export function clearReturn(res: Response): void {
  res.clearCookie(NAME, attributes(false))
}

function readMark(req: Request, loginPath: string): ReturnedMark | undefined {
  const prefix = `${NAME}=${encodePath(loginPath)}.`
  const mark = cookiePairs(req).find(pair => pair.startsWith(prefix))
  if (mark === undefined) return undefined
  const [round = '', sessionHash = ''] = mark.slice(prefix.length).split('.')
  return { round: Number.parseInt(round, 10), sessionHash }
}

/** express-session gives the request a new id if the store has no session of the cookie's id, or the secret changed. */
function isSessionForgotten(req: Request, sessionHash: string): boolean {
  if (hashOf(req.sessionID) === sessionHash) return false
  return cookiePairs(req).some(pair => {
    const id = /^[^=]*=s(?:%3A|:)(.+)\.[^.]*$/i.exec(pair)?.[1]
    return id !== undefined && hashOf(id) === sessionHash
  })
}

function cookiePairs(req: Request): string[] {
  return (req.headers.cookie ?? '').split(';').map(pair => pair.trim())
}

/** The id is random, so that its hash tells nothing of it. */
function hashOf(sessionId: string): string {
  return createHash('sha256').update(sessionId).digest('base64url').slice(0, 22)
}

function attributes(secure: boolean): CookieOptions {
  return { httpOnly: true, sameSite: 'lax', secure, path: '/', encode: String }
}

function encodePath(loginPath: string): string {
  return Buffer.from(loginPath).toString('base64url')
}
