import type { Request } from 'express'
import { requestError } from '../errors/create-error.js'
import { parseOnce } from '../util/parse-once.js'

/** The query string of a request, parsed once. It is shared, so callers only read it. */
export const parseQueryString = parseOnce(
  (req: Request) => req.url,
  url => {
    const start = url.indexOf('?')
    return new URLSearchParams(start === -1 ? '' : url.slice(start + 1))
  },
)

/**
 * One value of the query string. It is read from the URL itself, because query parsers differ between Express 4
 * and 5, and an app can replace its parser or switch it off.
 *
 * @throws {WechatRequestError} 400 if the parameter comes more than once, or with brackets
 */
export function readQuery(req: Request, name: string): string | undefined {
  const query = parseQueryString(req)
  const values = query.getAll(name)
  const hasBrackets = [...query.keys()].some(key => key.startsWith(`${name}[`))
  if (values.length > 1 || hasBrackets) {
    throw requestError('bad_query', `"${name}" comes more than once, or is no text`)
  }
  return values[0]
}

/** The first value of a query parameter, for answers to requests that are refused already; it never throws. */
export function readFirstQueryValue(req: Request, name: string): string | undefined {
  return parseQueryString(req).get(name) ?? undefined
}

/** Whether a browser navigates to a page. A script that fetches data can't use a redirect or a page. */
export function isPageRequest(req: Request): boolean {
  if (req.method !== 'GET' || isScriptRequest(req)) return false
  const mode = req.get('sec-fetch-mode')
  return mode === undefined ? prefersHtml(req) : mode === 'navigate'
}

/**
 * Whether a script says that it sends the request, as jQuery, htmx and pjax do also if they ask for HTML. Android's
 * WebView sends `X-Requested-With` too, with the name of the app, for pages.
 */
function isScriptRequest(req: Request): boolean {
  const isXhr = /^xmlhttprequest$/i.test(req.get('x-requested-with') ?? '')
  return isXhr || req.get('hx-request') !== undefined || req.get('x-pjax') !== undefined
}

/** Whether the client prefers HTML to JSON. A client that accepts any type (`*∕*`) gets JSON. */
export function prefersHtml(req: Request): boolean {
  return req.accepts(['json', 'html']) === 'html'
}
