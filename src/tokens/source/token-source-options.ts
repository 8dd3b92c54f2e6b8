import { z } from 'zod'
import { parseOptions } from '../../util/parse-options.js'
import { Secret } from '../../util/secret.js'
import { isLoopbackHost } from '../../wechat-api/account.js'

/** A function that gets the credentials from another service of the company. It has five seconds to answer. */
export type TokenSourceFunction = (request: TokenSourceRequest) => Promise<TokenSourceAnswer>

/** The argument of a {@link TokenSourceFunction}. */
export interface TokenSourceRequest {
  /** The access token that the source gave last, if WeChat has refused it since. */
  refused?: string | undefined
  /** Aborts when the answer is no longer awaited. */
  signal: AbortSignal
}

/** The result of a {@link TokenSourceFunction}. */
export interface TokenSourceAnswer {
  accessToken: string
  /** The remaining TTL of the token, in seconds. */
  expiresInSeconds: number
  /** The ticket that signs pages. @default one that is fetched from WeChat with the access token */
  jsapiTicket?: string | undefined
  /** The remaining TTL of the ticket, in seconds. @default 7200, as WeChat says of every ticket */
  ticketExpiresInSeconds?: number | undefined
}

/** A gateway of this package: `wechatRouter({ serviceKeys })`, or `accessTokenRouter()`. */
export interface TokenSourceGateway {
  /** The address of the gateway's router, such as `https://m.example.com/wechat`; http only at loopback. */
  url: string
  /** One of the gateway's service keys. */
  serviceKey: string
}

export interface ParsedTokenSourceGateway {
  url: string
  serviceKey: Secret
}

export type ParsedTokenSource = TokenSourceFunction | ParsedTokenSourceGateway

const ADDRESS = 'must be an address such as "https://m.example.com/wechat"; http is for loopback'
const KEY = "must be one of the gateway's service keys: 32 to 256 printable characters"

const url = z
  .string(ADDRESS)
  .refine(isGatewayUrl, ADDRESS)
  // The address of the gateway's token route is accepted too, so "/token" at the end is removed.
  .transform(text => text.replace(/\/+$/, '').replace(/\/token$/, ''))

const serviceKey = z
  .string(KEY)
  .regex(/^[\x21-\x7e]{32,256}$/, KEY)
  .transform(text => new Secret(text))

const optionSchema = z.object({
  tokenSource: z.strictObject({ url, serviceKey }, 'must be { url, serviceKey } or a function'),
})

const environmentSchema = z.object({
  WECHAT_TOKEN_SOURCE_URL: url,
  WECHAT_TOKEN_SOURCE_KEY: serviceKey,
})

/**
 * Parses the option `tokenSource`, or else its variables; undefined if none is set.
 * @throws {WechatConfigError} naming the option or the variable, without the key
 */
export function parseTokenSource(
  factory: string,
  option: unknown,
  environment: NodeJS.ProcessEnv,
): ParsedTokenSource | undefined {
  if (typeof option === 'function') return option as TokenSourceFunction
  if (option !== undefined) return parseOptions(factory, optionSchema, { tokenSource: option }).tokenSource
  if (!environment.WECHAT_TOKEN_SOURCE_URL && !environment.WECHAT_TOKEN_SOURCE_KEY) return undefined
  const parsed = parseOptions(factory, environmentSchema, environment)
  return { url: parsed.WECHAT_TOKEN_SOURCE_URL, serviceKey: parsed.WECHAT_TOKEN_SOURCE_KEY }
}

function isGatewayUrl(text: string): boolean {
  const parsed = URL.parse(text)
  if (!parsed || parsed.username || parsed.password || parsed.search || parsed.hash) return false
  return parsed.protocol === 'https:' || (parsed.protocol === 'http:' && isLoopbackHost(parsed.hostname))
}
