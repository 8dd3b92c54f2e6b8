import {
  WechatApiError,
  WechatConfigError,
  WechatError,
  WechatUnavailableError,
  WechatUpstreamError,
} from '../errors/errors.js'

/** Whether it was this path that failed, and not something else that had to be fetched first. */
export function isFailureAt(endpoint: string, error: unknown): boolean {
  if (error instanceof WechatApiError || error instanceof WechatUpstreamError) {
    return error.endpoint === endpoint
  }
  return !(error instanceof WechatUnavailableError)
}

/**
 * A failure as stores keep it: a line that names it, from which any process can tell it again. The details of the
 * upstream errors hold hosts, network codes and names of fields alone.
 */
export function failureToReason(error: unknown): string {
  if (error instanceof WechatApiError) return `errcode ${error.errcode} ${error.endpoint}`
  if (error instanceof WechatUpstreamError) return `${error.code} ${error.endpoint} ${error.detail}`
  if (error instanceof WechatConfigError) return `misconfigured ${error.code}`
  return 'wechat_unreachable unknown'
}

export function reasonToFailure(reason: string, retryAfterMs: number): WechatError {
  const retryAfterSeconds = Math.max(1, Math.ceil(retryAfterMs / 1000))
  const refusal = /^errcode (-?\d+) (\S+)$/.exec(reason)
  if (refusal) {
    return new WechatApiError(refusal[2] ?? '', Number(refusal[1]), 'remembered', retryAfterSeconds)
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

/** With the longest jitter (1.25), an outage is felt at most ten seconds after its end. */
const LONGEST_TRANSIENT_PAUSE_MS = 8_000

/**
 * How long a row of failures may make us pause: what a person has to mend is asked for less often than what
 * passes by itself, and an exhausted quota least of all.
 */
export function longestPauseMs(error: unknown): number {
  if (error instanceof WechatError && error.status === 429) return 300_000
  return error instanceof WechatError && error.status === 500 ? 60_000 : LONGEST_TRANSIENT_PAUSE_MS
}
