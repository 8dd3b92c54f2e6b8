import { createHash } from 'node:crypto'
import type { CookieOptions, Request, Response } from 'express'
import type {} from 'express-session'
import { readCookies } from '../http/cookies.js'

/**
 * Two ways by which a guard notices that logins do not last, so that it answers with an error instead of
 * redirecting to one login after another:
 *
 * - `redirectLoopCookie`, for logins of this app. The callback sets a cookie on this host, so a guard that finds
 *   the cookie, and nobody logged in, knows that the login was lost.
 * - `loginAttemptCounter`, for logins of a gateway. A gateway does not mark its callbacks, and a cookie of the
 *   guard would count other tabs too. The counter is in the address to which the login returns, so that only a
 *   browser that comes back from a login carries it, also one that keeps no cookies.
 */

interface LoopMark {
  /** How many logins in a row this browser has come back from; 1 for the first. */
  attempt: number
  /** The session of the last login, as a hash of its id. */
  sessionHash: string
}

const COOKIE_NAME = 'wechat-returned'
const COOKIE_SECONDS = 20
/** A store that forgets each login would otherwise send people to the login without end. */
const MAX_ATTEMPTS = 3

/** The cookie that a browser has for 20 seconds after it came back from a login of this app. */
export const redirectLoopCookie = {
  /** `loginPath` says which login it was, because a page can need two logins one after the other. */
  set(req: Request, res: Response, loginPath: string, isSecure: boolean): void {
    const attempt = (readMark(req, loginPath)?.attempt || 0) + 1
    const value = `${encodePath(loginPath)}.${attempt}.${hashSessionId(req.sessionID)}`
    res.cookie(COOKIE_NAME, value, { ...cookieAttributes(isSecure), maxAge: COOKIE_SECONDS * 1000 })
  },

  /**
   * Whether this browser has just come back from a login that did not last, and another login would not last either.
   * Another login can last if the session's cookie came back and the store does not know the session: the server
   * has restarted.
   */
  isLoginLost(req: Request, loginPath: string): boolean {
    const mark = readMark(req, loginPath)
    if (!mark) return false
    return mark.attempt >= MAX_ATTEMPTS || !isSessionForgotten(req, mark.sessionHash)
  },

  clear(res: Response): void {
    res.clearCookie(COOKIE_NAME, cookieAttributes(false))
  },
}

const PARAMETER_NAME = 'wechat-round'
const PARAMETER = new RegExp(`(?<=[?&])${PARAMETER_NAME}=(\\d)-([0-9a-z]{1,12})(?:&|$)`)
/** An older counter is from a bookmark or a shared address, and tells nothing of this visit. */
const MAX_COUNTER_AGE_MS = 5 * 60_000

/** The parameter of a page's address that says how many logins in a row have returned there, and since when. */
export const loginAttemptCounter = {
  /** By how many characters the counter makes an address longer, at most. */
  maxLength: PARAMETER_NAME.length + 16,

  /** `attempt` is 1 for the first login in a row, and at most 9. */
  add(page: string, attempt: number): string {
    return `${page}${page.includes('?') ? '&' : '?'}${PARAMETER_NAME}=${attempt}-${Date.now().toString(36)}`
  },

  /** 0 for a browser that does not come back from a login. */
  read(page: string): number {
    const [, attempt = '0', begunAt = ''] = PARAMETER.exec(page) ?? []
    // Another machine, whose clock is ahead, can have written the time.
    const ageMs = Math.abs(Date.now() - Number.parseInt(begunAt, 36))
    return ageMs < MAX_COUNTER_AGE_MS ? Number(attempt) : 0
  },

  /** The address as it was before, byte by byte. */
  remove(page: string): string {
    return PARAMETER.test(page) ? page.replace(PARAMETER, '').replace(/[?&]$/, '') : page
  },
}

function readMark(req: Request, loginPath: string): LoopMark | undefined {
  const value = readCookies(req).get(COOKIE_NAME)
  const prefix = `${encodePath(loginPath)}.`
  if (!value?.startsWith(prefix)) return undefined
  const [attempt = '', sessionHash = ''] = value.slice(prefix.length).split('.')
  return { attempt: Number.parseInt(attempt, 10), sessionHash }
}

/** express-session gives a request a new id if the store has no session of the cookie's id, or the secret changed. */
function isSessionForgotten(req: Request, sessionHash: string): boolean {
  if (hashSessionId(req.sessionID) === sessionHash) return false
  return [...readCookies(req).values()].some(value => {
    const id = /^s(?:%3A|:)(.+)\.[^.]*$/i.exec(value)?.[1]
    return id !== undefined && hashSessionId(id) === sessionHash
  })
}

/** A session id is random, so its hash does not reveal it. */
function hashSessionId(sessionId: string): string {
  return createHash('sha256').update(sessionId).digest('base64url').slice(0, 22)
}

function cookieAttributes(isSecure: boolean): CookieOptions {
  return { httpOnly: true, sameSite: 'lax', secure: isSecure, path: '/', encode: String }
}

function encodePath(loginPath: string): string {
  return Buffer.from(loginPath).toString('base64url')
}
