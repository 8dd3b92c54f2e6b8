import { unavailableError } from '../errors/create-error.js'
import {
  WechatApiError,
  WechatConfigError,
  WechatError,
  WechatUnavailableError,
  WechatUpstreamError,
} from '../errors/errors.js'

/**
 * Whether the call of this path failed. It did not if another call failed that had to come first: a ticket needs the
 * access token, for example.
 */
export function isFailureAt(endpoint: string, error: unknown): boolean {
  if (error instanceof WechatApiError || error instanceof WechatUpstreamError) {
    return error.endpoint === endpoint
  }
  // A token source replaces WeChat's endpoint, so its failure counts as one of this path.
  if (error instanceof WechatUnavailableError) return error.code === 'token_source_unavailable'
  return true
}

/**
 * Encodes a failure for the store, as one line from which any process makes an error of the same class. It holds no
 * secret, since the details of upstream errors are only hosts, network codes and names of fields.
 */
export function failureToReason(error: unknown): string {
  if (error instanceof WechatApiError) return `errcode ${error.errcode} ${error.endpoint}`
  if (error instanceof WechatUpstreamError) return `${error.code} ${error.endpoint} ${error.detail}`
  if (error instanceof WechatConfigError) return `misconfigured ${error.code}`
  if (error instanceof WechatUnavailableError) return 'token_source_unavailable'
  return 'wechat_unreachable unknown'
}

export function reasonToFailure(reason: string, retryAfterMs: number): WechatError {
  const retryAfterSeconds = Math.max(1, Math.ceil(retryAfterMs / 1000))
  const refusal = /^errcode (-?\d+) (\S+)$/.exec(reason)
  if (refusal) {
    return new WechatApiError(refusal[2] ?? '', Number(refusal[1]), 'remembered', retryAfterSeconds)
  }
  if (reason === 'token_source_unavailable') {
    return unavailableError(reason, 'The token source failed a moment ago', retryAfterSeconds)
  }
  const misconfiguration = /^misconfigured (\w+)$/.exec(reason)
  if (misconfiguration) {
    return new WechatConfigError('the configuration was refused a moment ago', misconfiguration[1])
  }
  const [code, endpoint = 'unknown', ...words] = reason.split(' ')
  const detail = /^[\x20-\x7e]{1,200}/.exec(words.join(' '))?.[0] ?? 'failed'
  const known = code === 'wechat_timeout' || code === 'wechat_protocol' ? code : 'wechat_unreachable'
  return new WechatUpstreamError(known, endpoint, `${detail} (a moment ago)`, retryAfterSeconds)
}

/** With the greatest jitter (1.25) the backoff is 10 s, so WeChat is asked again at most 10 s after an outage ends. */
const MAX_TRANSIENT_BACKOFF_MS = 8_000

/** The longest backoff: 8 s for transient failures, 60 s for configuration errors, 300 s for an exhausted quota. */
export function maxBackoffMs(error: unknown): number {
  if (error instanceof WechatError && error.status === 429) return 300_000
  return error instanceof WechatError && error.status === 500 ? 60_000 : MAX_TRANSIENT_BACKOFF_MS
}
