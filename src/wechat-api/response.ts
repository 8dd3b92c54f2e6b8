import type { z } from 'zod'
import { WechatApiError, WechatUpstreamError } from '../errors/errors.js'
import { parseLenientJson } from './lenient-json.js'

/**
 * Parses WeChat's answer by a schema. A refusal, and an answer that does not match the schema, are thrown as errors.
 * WeChat sends refusals with HTTP status 200, so the `errcode` in the body decides.
 */
export function parseAnswer<Schema extends z.ZodType>(
  endpoint: string,
  schema: Schema,
  body: Uint8Array,
  sentSecrets: readonly string[],
): z.output<Schema> {
  const json = parseLenientJson(body)
  if (!isJsonObject(json)) throw protocolError(endpoint, 'the answer is no JSON object')

  const refusal = readRefusal(endpoint, json, sentSecrets)
  if (refusal) throw refusal

  const result = schema.safeParse(json)
  if (result.success) return result.data
  // The error names the field only, because its value may be a token.
  throw protocolError(
    endpoint,
    `the answer's "${result.error.issues[0]?.path.join('.')}" is not as documented`,
  )
}

/** Reads WeChat's refusal from an answer; undefined if there is none (errcode absent, or 0). */
export function readRefusal(
  endpoint: string,
  json: Record<string, unknown>,
  sentSecrets: readonly string[],
): WechatApiError | undefined {
  if (!Object.hasOwn(json, 'errcode')) return undefined
  const errcode = typeof json.errcode === 'string' ? Number(json.errcode || Number.NaN) : json.errcode
  if (typeof errcode !== 'number' || !Number.isSafeInteger(errcode)) {
    throw protocolError(endpoint, 'the answer\'s "errcode" is no number')
  }
  if (errcode === 0) return undefined
  const errmsg = typeof json.errmsg === 'string' ? json.errmsg : ''
  return new WechatApiError(endpoint, errcode, redact(errmsg, sentSecrets).slice(0, 500))
}

export function protocolError(endpoint: string, detail: string): WechatUpstreamError {
  return new WechatUpstreamError('wechat_protocol', endpoint, detail)
}

export function isJsonObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function redact(text: string, secrets: readonly string[]): string {
  return secrets
    .flatMap(secret => [secret, encodeURIComponent(secret)])
    .reduce((redacted, secret) => redacted.replaceAll(secret, '[REDACTED]'), text)
}
