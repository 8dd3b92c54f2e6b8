import { readProblem } from './fetch-signature.js'

/** The options of {@link login}. */
export interface LoginOptions {
  /**
   * Where the middlewares are mounted.
   * @default '/wechat'
   */
  base?: string

  /**
   * The page to come back to.
   * @default location.href
   */
  returnTo?: string

  /** Asks for this scope instead of the server's default. */
  scope?: 'snsapi_base' | 'snsapi_userinfo'
}

/** The options of {@link fetchWithLogin}. */
export interface FetchWithLoginOptions {
  /**
   * Where the middlewares are mounted, for a 401 that names no login address of its own.
   * @default '/wechat'
   */
  base?: string
}

const attemptKey = 'express-wechat:login'
const sameAttemptMs = 60_000

/** Navigates the page to WeChat's login. A login can't be fetched, because WeChat shows pages of its own. */
export function login({ base = '/wechat', returnTo = location.href, scope }: LoginOptions = {}): void {
  const wanted = scope ? `&scope=${scope}` : ''
  location.href = `${base}/auth?state=${encodeURIComponent(returnTo)}${wanted}`
}

/**
 * `fetch` that navigates to the login if the server answers 401. The promise then stays pending, because the page is
 * leaving. If a login within the last 60 seconds did not help, the caller gets the 401, so that no redirect loop starts.
 */
export async function fetchWithLogin(
  input: RequestInfo | URL,
  init?: RequestInit,
  { base = '/wechat' }: FetchWithLoginOptions = {},
): Promise<Response> {
  const response = await fetch(input, init)
  if (response.status !== 401) {
    if (response.ok) attempts.forget()
    return response
  }

  // A 401 in another shape does not come from express-wechat, so the caller gets it.
  const body: unknown = await response
    .clone()
    .json()
    .catch(() => undefined)
  const { status, loginUrl } = readProblem(body)
  if (status !== 401) return response

  // Requests that fail at the same time count as one login attempt.
  if (!isLeaving) {
    if (attempts.isRecent()) return response
    const address = loginUrl && returningHere(loginUrl, base)
    attempts.remember()
    if (address) location.href = address
    else login({ base })
  }
  return new Promise(() => undefined)
}

/**
 * Replaces the `state` by this page, because the server does not know which page sent the request. A path as `loginUrl`
 * belongs to the origin of `base`, which differs from the page's origin if the back end has an origin of its own.
 */
function returningHere(loginUrl: string, base: string): string {
  const url = new URL(loginUrl, new URL(base, location.href))
  if (!/^https?:$/.test(url.protocol)) throw new TypeError(`not a login address: ${url.protocol}`)
  url.searchParams.delete('state')
  url.search += `${url.search ? '&' : '?'}state=${encodeURIComponent(location.href)}`
  return url.href
}

let isLeaving = false

const attempts = {
  isRecent(): boolean {
    try {
      return Date.now() - Number(sessionStorage.getItem(attemptKey) ?? 0) < sameAttemptMs
    } catch {
      return false
    }
  },
  remember(): void {
    isLeaving = true
    // The Back button can restore this page with its variables; the page is then no longer leaving.
    window.addEventListener(
      'pageshow',
      () => {
        isLeaving = false
      },
      { once: true },
    )
    try {
      sessionStorage.setItem(attemptKey, String(Date.now()))
    } catch {
      // Without storage this module does not notice a login that did not help; the server ends a redirect loop too.
    }
  },
  forget(): void {
    try {
      sessionStorage.removeItem(attemptKey)
    } catch {
      // There is no storage, so there is nothing to forget.
    }
  },
}
