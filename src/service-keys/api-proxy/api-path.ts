import type { Request } from 'express'
import { z } from 'zod'
import { requestError } from '../../errors/create-error.js'

/** The whole paths that each service key may call, by the names of the keys. */
export type AllowedApis = Readonly<Record<string, readonly string[]>>

/** Path and query of one call to WeChat's API. */
export interface ApiTarget {
  endpoint: string
  query: URLSearchParams
}

/**
 * Matches a path of lower-case words. Paths with `%`, `//` or dot segments are refused, because WeChat can read them as
 * another path than the one that was checked.
 */
const API_PATH = /^(?:\/[a-z0-9]+(?:[._-]+[a-z0-9]+)*)+$/

/**
 * These paths return the token or a ticket, spend one of the quota's few resets, or take a person's token, so they are
 * refused for every key.
 */
const NEVER_PASSED = /^\/(?:cgi-bin\/(?:token|stable_token|ticket|ticket\/.*|clear_quota.*)|sns|sns\/.*)$/

export const allowedApisSchema = z.record(
  z.string(),
  z
    .array(
      z.string().regex(API_PATH, 'must be whole paths such as "/cgi-bin/message/custom/send"'),
      'must be a list of paths',
    )
    .readonly(),
  'must be lists of paths by the names of the keys, such as { billing: ["/cgi-bin/message/custom/send"] }',
)

/**
 * Reads and checks path and query, before any router has decoded them.
 * @throws {WechatRequestError} 404 if it is no path of an API, 403 if the key may not call it, 400 if a token is sent
 */
export function parseApiTarget(req: Request, keyName: string, allow: AllowedApis): ApiTarget {
  const [endpoint = '', ...search] = req.url.split('?')
  // Express 4 removes a second slash after the mount path from req.url, so only the original URL shows it.
  const hasDoubleSlash = /^[^?]*\/\//.test(req.originalUrl)
  if (hasDoubleSlash || !API_PATH.test(endpoint)) throw requestError('not_found')
  if (!isAllowed(endpoint, keyName, allow)) throw requestError('api_path_not_allowed')
  const query = new URLSearchParams(search.join('?'))
  if ([...query.keys()].some(isTokenName)) throw requestError('api_token_in_query')
  return { endpoint, query }
}

function isAllowed(endpoint: string, keyName: string, allow: AllowedApis): boolean {
  const paths = Object.hasOwn(allow, keyName) ? (allow[keyName] ?? []) : []
  return paths.includes(endpoint) && !NEVER_PASSED.test(endpoint)
}

/**
 * Whether a parameter's name can be read as `access_token`: in any case, with blanks before it or brackets behind it,
 * because it is not known how each of WeChat's servers reads names.
 */
function isTokenName(name: string): boolean {
  return /^\s*access_token\b/i.test(name)
}
