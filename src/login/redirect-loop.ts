import { createHash } from 'node:crypto'
import type { CookieOptions, Request, Response } from 'express'
import type {} from 'express-session'
import { configError, requestError } from '../errors/create-error.js'
import type { WechatError } from '../errors/errors.js'
import { warn } from '../errors/warn.js'
import { readCookies } from '../http/cookies.js'
import type { LoginStates } from './oauth/login-state.js'

/**
 * Two ways by which a guard notices that logins do not last, so that it answers with an error instead of
 * redirecting to one login after another:
 *
 * - `redirectLoopCookie`, for logins of this host. The callback sets a cookie, so a guard that finds the cookie, and
 *   nobody logged in, knows that the login was lost.
 * - `loginAttemptCounter`, for logins of another host, whose cookies the guard does not get. A cookie of the guard
 *   would count other tabs too. The counter is in the address to which the login returns, so that only a browser
 *   that comes back from a login carries it, also one that keeps no cookies.
 *
 * Both marks carry a MAC by a key of the app secret. A guard that knows no app secret can't check it: it takes the
 * mark as a hint, which anybody can have written.
 */

/** The key that signs and verifies the marks in cookies and addresses. */
export type MarkKey = Pick<LoginStates, 'sign' | 'verify'>

export interface ReturnedLogin {
  /** The path of the login, which tells two logins apart that one page needs one after the other. */
  loginPath: string
  sessionKey: string
}

interface LoopMark extends ReturnedLogin {
  /** How many logins in a row this browser has come back from; 1 for the first. */
  attempt: number
  /** The session of the last login, as a hash of its id. */
  sessionHash: string
}

/** After this many logins in a row a guard answers with an error: a session store may forget each login at once. */
export const MAX_ATTEMPTS = 3

const COOKIE_NAME = 'wechat-returned'
const COOKIE_MS = 20_000
/** The clocks of two machines may differ by this much. */
const LEEWAY_MS = 30_000
const COOKIE = /^(([\w-]+)\.(\w{1,64})\.([1-9])\.([\w-]{22})\.([0-9a-z]{1,12}))\.([0-9a-f]{40})$/

/** The cookie that a browser has for 20 seconds after it came back from a login of this host. */
export const redirectLoopCookie = {
  set(
    req: Request,
    res: Response,
    { loginPath, sessionKey, isSecure, key }: ReturnedLogin & { isSecure: boolean; key: MarkKey },
  ): void {
    const before = readMark(req, key)
    const attempt = before?.loginPath === loginPath ? Math.min(before.attempt + 1, 9) : 1
    const parts = [
      Buffer.from(loginPath).toString('base64url'),
      sessionKey,
      attempt,
      hashSessionId(req.sessionID),
      Date.now().toString(36),
    ]
    const text = parts.join('.')
    const value = `${text}.${key.sign('returned', text)}`
    res.cookie(COOKIE_NAME, value, { ...cookieAttributes(isSecure), maxAge: COOKIE_MS })
  },

  /**
   * Whether this browser has just come back from a login that did not last, and another login would not last either.
   * Another login can last if the session's cookie came back and the store does not know the session: the server
   * has restarted.
   */
  isLoginLost(req: Request, login: ReturnedLogin, key: MarkKey | undefined): boolean {
    const mark = readMark(req, key)
    if (!mark || !isOfLogin(mark, login)) return false
    return mark.attempt >= MAX_ATTEMPTS || !isSessionForgotten(req, mark.sessionHash)
  },

  /** Whether this browser has just come back from three logins in a row. */
  isExhausted(req: Request, login: ReturnedLogin, key: MarkKey | undefined): boolean {
    const mark = readMark(req, key)
    return mark !== undefined && mark.attempt >= MAX_ATTEMPTS && isOfLogin(mark, login)
  },

  clear(res: Response): void {
    res.clearCookie(COOKIE_NAME, cookieAttributes(false))
  },
}

const PARAMETER_NAME = 'wechat-round'
const PARAMETER = new RegExp(`(?<=[?&])${PARAMETER_NAME}=((\\d)-([0-9a-z]{1,12}))(?:-([0-9a-f]{40}))?(?:&|$)`)
/** An older counter is ignored, because it is from a bookmark or a shared address. */
const MAX_COUNTER_AGE_MS = 5 * 60_000

/** The parameter of a page's address that says how many logins in a row have returned there, and when the last began. */
export const loginAttemptCounter = {
  /** By how many characters the counter makes an address longer, at most. */
  maxLength: PARAMETER_NAME.length + 57,

  /** Adds the counter to a page's address. `attempt` is 1 for the first login in a row, and at most 9. */
  add(page: string, attempt: number, key: MarkKey | undefined): string {
    const text = `${attempt}-${Date.now().toString(36)}`
    const value = key ? `${text}-${key.sign('round', text)}` : text
    return `${page}${page.includes('?') ? '&' : '?'}${PARAMETER_NAME}=${value}`
  },

  /** Returns the number of logins in a row; 0 for a browser that does not come back from a login. */
  read(page: string, key: MarkKey | undefined): number {
    const [, text = '', attempt = '0', begunAt = '', signature = ''] = PARAMETER.exec(page) ?? []
    if (key && !key.verify('round', text, signature)) return 0
    return isRecent(begunAt, MAX_COUNTER_AGE_MS) ? Number(attempt) : 0
  },

  /** Removes the counter from an address, which is then the same as before, byte by byte. */
  remove(page: string): string {
    return PARAMETER.test(page) ? page.replace(PARAMETER, '').replace(/[?&]$/, '') : page
  },
}

const HINT_WARNING_MS = 60_000

export type LoopErrorFactory = (
  code: 'login_not_kept' | 'gateway_cookie_missing' | 'login_behind_guard',
  isProven: boolean,
  detail?: string,
) => WechatError

/**
 * Makes the errors that end a redirect loop. If the mark's MAC is verified, the error is a configuration error (500).
 * An unverified mark can be in a link that anybody made, so the error is 400, and operators are warned at most once a
 * minute.
 */
export function createLoopErrors(): LoopErrorFactory {
  let isQuietUntil = 0

  return function loopError(code, isProven, detail) {
    const error = configError(code, detail)
    if (isProven) return error
    if (Date.now() >= isQuietUntil) {
      isQuietUntil = Date.now() + HINT_WARNING_MS
      warn(code, error.message)
    }
    return requestError('login_lost')
  }
}

/** Reads the mark in the request's cookie; undefined if it is missing, too old or forged. Without a key, any MAC passes. */
function readMark(req: Request, key: MarkKey | undefined): LoopMark | undefined {
  const [, text, path = '', sessionKey = '', attempt = '', sessionHash = '', setAt = '', signature = ''] =
    COOKIE.exec(readCookies(req).get(COOKIE_NAME) ?? '') ?? []
  if (text === undefined || !isRecent(setAt, COOKIE_MS + LEEWAY_MS)) return undefined
  if (key && !key.verify('returned', text, signature)) return undefined
  const loginPath = Buffer.from(path, 'base64url').toString()
  return { loginPath, sessionKey, attempt: Number(attempt), sessionHash }
}

/**
 * Whether a mark is that of this login. A proxy can strip a prefix of the path before the router or before the guard, so
 * the two paths may differ by a prefix. They then belong to one login if the session key is the same, or if the browser
 * has come back too often.
 */
function isOfLogin(mark: LoopMark, { loginPath, sessionKey }: ReturnedLogin): boolean {
  if (mark.loginPath === loginPath) return true
  const canBeSame = mark.loginPath.endsWith(loginPath) || loginPath.endsWith(mark.loginPath)
  return canBeSame && (mark.sessionKey === sessionKey || mark.attempt >= MAX_ATTEMPTS)
}

/** Whether a time is near enough, in the past or in the future: a machine whose clock is ahead can have written it. */
function isRecent(time: string, maxAgeMs: number): boolean {
  return Math.abs(Date.now() - Number.parseInt(time, 36)) < maxAgeMs
}

/** Whether the browser sent the session id of the last login, but express-session gave the request a new one. */
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
