import { readProblem } from './fetch-signature.js'

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

export interface FetchWithLoginOptions {
  /**
   * Where the middlewares are mounted, for a 401 that names no login address of its own.
   * @default '/wechat'
   */
  base?: string
}

const attemptKey = 'express-wechat:login'
const sameAttemptMs = 60_000

/** Leaves for WeChat's login, by a navigation of the page: a login can't be fetched. */
export function login({ base = '/wechat', returnTo = location.href, scope }: LoginOptions = {}): void {
  const wanted = scope ? `&scope=${scope}` : ''
  location.href = `${base}/auth?state=${encodeURIComponent(returnTo)}${wanted}`
}

/**
 * `fetch`, which goes to log in where the server says 401. The promise then stays pending, as the page is leaving.
 * Back from a login that did not help within the last minute, the 401 is handed to the caller instead of going round.
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

  // A 401 of another making is not for us to answer.
  const body: unknown = await response
    .clone()
    .json()
    .catch(() => undefined)
  const { status, loginUrl } = readProblem(body)
  if (status !== 401) return response

  // Requests that fail together leave together: they are one attempt.
  if (!isLeaving) {
    if (attempts.isRecent()) return response
    const address = loginUrl && returningHere(loginUrl)
    attempts.remember()
    if (address) location.href = address
    else login({ base })
  }
  return new Promise(() => undefined)
}

/** The server can't know which page of ours made the request. */
function returningHere(loginUrl: string): string {
  const url = new URL(loginUrl, location.href)
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
    // The Back button can bring this very page to life again.
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
      // Without storage a login that doesn't help is not noticed here; the server ends such a circle too.
    }
  },
  forget(): void {
    try {
      sessionStorage.removeItem(attemptKey)
    } catch {
      // As above.
    }
  },
}
