import type { IncomingHttpHeaders } from 'node:http'
import type { CookieJar } from 'tough-cookie'
import { type Answer, createBrowser } from './browser.ts'

export interface Visit {
  status: number
  headers: IncomingHttpHeaders
  text: string
  /** The body as JSON; undefined if it is none. */
  json: unknown
  /** The target of a redirect, as an absolute address. */
  location: string | undefined
}

export interface VisitOptions {
  method?: string
  headers?: Record<string, string>
  body?: string
}

/** A browser with its own cookies. It follows no redirect, and its User-Agent does not name WeChat. */
export interface Visitor {
  jar: CookieJar
  /** Opens a page, as a tap on a link does. */
  open(url: string, headers?: Record<string, string>): Promise<Visit>
  /** Asks for data, as a script does. */
  fetch(url: string, options?: VisitOptions): Promise<Visit>
  cookie(url: string, name: string): Promise<string | undefined>
}

export function newVisitor(): Visitor {
  const browser = createBrowser()

  async function send(url: string, accept: string | undefined, options: VisitOptions): Promise<Visit> {
    const headers = { 'user-agent': undefined, accept, ...options.headers }
    return toVisit(await browser.open(url, { ...options, headers }))
  }

  return {
    jar: browser.jar,
    open: (url, headers = {}) => send(url, 'text/html,*/*;q=0.8', { headers }),
    fetch: (url, options = {}) => send(url, '*/*', options),
    cookie: async (url, name) => (await browser.jar.getCookies(url)).find(({ key }) => key === name)?.value,
  }
}

/** Sends one request with these headers alone. `fetch` of Node.js would add headers that only scripts of pages send. */
export async function exchange(url: string, options: VisitOptions): Promise<Visit> {
  const headers = { 'user-agent': undefined, accept: undefined, ...options.headers }
  return toVisit(await createBrowser().open(url, { ...options, headers }))
}

function toVisit({ url, status, headers, text, json }: Answer): Visit {
  const { location } = headers
  return {
    status,
    headers,
    text,
    json,
    location: location === undefined ? undefined : new URL(location, url).href,
  }
}
