import { z } from 'zod'
import { optionError } from '../errors/create-error.js'
import { WechatRequestError } from '../errors/errors.js'
import type { WechatAccount } from './account.js'
import { encodeForm } from './call-body.js'
import type { WechatClient } from './client.js'

/** The options of `tokenManager.request()`. */
export interface WechatRequestOptions {
  /** The HTTP method. @default 'GET', or 'POST' if there is a `json` or `form` body */
  method?: 'GET' | 'POST'
  /** The parameters of the query string; `access_token` is added. */
  query?: Record<string, string | number | boolean>
  json?: unknown
  /** A multipart body, instead of `json`. It is held in memory, so that it is sent with its length. */
  form?: FormData
  /** The largest answer that is accepted, in bytes. @default 5,242,880 */
  maxAnswerBytes?: number
  signal?: AbortSignal
}

const anyAnswer = z.looseObject({})

/**
 * Calls any endpoint below the API's base URL with the account's token. Integers of the answer beyond 2^53 are
 * strings, digit for digit.
 */
export async function callAnyApi(
  client: WechatClient,
  accessToken: string,
  path: string,
  options: WechatRequestOptions,
): Promise<Record<string, unknown>> {
  const { endpoint, query } = parseApiPath(client.account, path)
  const { json, form } = options
  assertOneBody(json, form)
  const method = options.method ?? (json === undefined && form === undefined ? 'GET' : 'POST')
  const given = Object.entries(options.query ?? {}).map(([name, value]) => [name, String(value)])
  return client.call({
    endpoint,
    method,
    query: { ...query, ...Object.fromEntries(given), access_token: accessToken },
    ...(json !== undefined && { json }),
    ...(form !== undefined && { body: await encodeForm(form) }),
    secrets: [accessToken],
    answer: anyAnswer,
    isRepeatable: method === 'GET',
    maxAnswerBytes: options.maxAnswerBytes ?? 5_242_880,
    signal: options.signal,
  })
}

function assertOneBody(json: unknown, form: unknown): void {
  if (form === undefined) return
  const request = 'tokenManager.request'
  if (!(form instanceof FormData)) throw optionError(request, 'form', 'must be a FormData')
  if (json !== undefined) throw optionError(request, 'form', 'and "json" are given: a call has one body')
}

/** Parses the path of an API. The token is sent there, so a path that leads out of the base URL is refused. */
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
