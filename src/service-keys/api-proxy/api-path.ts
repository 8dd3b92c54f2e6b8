import type { Request } from 'express'
import { z } from 'zod'
import { requestError } from '../../errors/create-error.js'

/** The whole paths that a service key may call, by the name of the key. */
export type AllowedApis = Readonly<Record<string, readonly string[]>>

/** What one request asks WeChat for. */
export interface ApiTarget {
  endpoint: string
  query: URLSearchParams
}

/** Lower-case words. No `%`, `//` or dot segment is one, so that no spelling of a path is another path at WeChat. */
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
 * Reads the path from the URL as it was sent, before any router has decoded it.
 * @throws {WechatRequestError} 404 if it is no path of an API, 403 if the key may not call it, 400 if a token is sent
 */
export function parseApiTarget(req: Request, keyName: string, allow: AllowedApis): ApiTarget {
  const [endpoint = '', ...search] = req.url.split('?')
  // Express 4 takes a second slash behind the mount away, so that only the original URL shows it.
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
