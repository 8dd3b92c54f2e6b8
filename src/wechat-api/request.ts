import { z } from 'zod'
import { WechatRequestError } from '../errors/errors.js'
import type { WechatAccount } from './account.js'
import type { WechatClient } from './client.js'

export interface WechatRequestOptions {
  /** @default 'GET', or 'POST' where there is a `json` body */
  method?: 'GET' | 'POST'
  /** Added to the path; `access_token` is filled in. */
  query?: Record<string, string | number | boolean>
  json?: unknown
  /** The largest answer that is accepted, in bytes. @default 5,242,880 */
  maxAnswerBytes?: number
  signal?: AbortSignal
}

const anyAnswer = z.looseObject({})

/** Any endpoint below the API's base URL, with the account's token. */
export async function callAnyApi(
  client: WechatClient,
  accessToken: string,
  path: string,
  options: WechatRequestOptions,
): Promise<Record<string, unknown>> {
  const { endpoint, query } = parseApiPath(client.account, path)
  const method = options.method ?? (options.json === undefined ? 'GET' : 'POST')
  const given = Object.entries(options.query ?? {}).map(([name, value]) => [name, String(value)])
  return client.call({
    endpoint,
    method,
    query: { ...query, ...Object.fromEntries(given), access_token: accessToken },
    ...(options.json !== undefined && { json: options.json }),
    secrets: [accessToken],
    answer: anyAnswer,
    isRepeatable: method === 'GET',
    maxAnswerBytes: options.maxAnswerBytes ?? 5_242_880,
    signal: options.signal,
  })
}

/** The token goes along, so a path may not lead anywhere but below the base URL. */
function parseApiPath(account: WechatAccount, path: string) {
  const base = new URL(account.apiBaseUrl)
  const url = /^\/(?![/\\])[\x21-\x7e]*$/.test(path) ? URL.parse(account.apiBaseUrl + path) : null
  const [endpoint = ''] = path.split(/[?#]/)
  const wanted = base.pathname.replace(/\/$/, '') + endpoint
  if (!url || url.origin !== base.origin || url.pathname !== wanted || path.includes('#')) {
    throw new WechatRequestError(
      'tokenManager.request: the path must begin with one "/" and hold no dot segments',
      {
        code: 'invalid_path',
        status: 500,
      },
    )
  }
  return { endpoint, query: Object.fromEntries(url.searchParams) }
}
