import type { MediaAccess, ServiceKeys, TokenMode, WechatScope } from 'express-wechat'
import { type RedisAddress, redisAddress } from './redis-address.ts'
import { serviceKeys, sessionSecrets } from './secrets.ts'
import {
  createVariableReader,
  integer,
  isLoopback,
  matching,
  oneOf,
  origins,
  proxyAddress,
  trustProxy,
  type VariableReader,
  webAddress,
  wechatAddress,
  wechatAddresses,
} from './variables.ts'

export interface Configuration {
  host: string
  port: number
  metricsPort: number | undefined
  logLevel: string
  isProduction: boolean
  trustProxy: number | string[] | false
  /** Requests of one address in a minute; 0 for no limit. */
  rateLimit: number
  redis: RedisAddress | undefined
  /** Before every key, sessions included. */
  redisKeyPrefix: string
  session: SessionConfiguration
  wechat: WechatConfiguration
}

export interface SessionConfiguration {
  name: string
  secrets: string[]
  cookieDomain: string | undefined
  ttlSeconds: number
  isSecure: boolean
}

export interface WechatConfiguration {
  appId: string
  appSecret: string
  apiBaseUrl: string[] | undefined
  /** It can hold a password. */
  proxyUrl: string | undefined
  openBaseUrl: string | undefined
  timeoutMs: number | undefined
  tokenMode: TokenMode
  scope: WechatScope
  publicUrl: string | undefined
  allowedOrigins: string[]
  defaultReturnUrl: string
  serviceKeys: ServiceKeys | undefined
  mediaAccess: MediaAccess
}

const KEY_PREFIX_COMPLAINT = 'must be up to 64 letters, digits and the signs _ . : / -'
const WEEK_SECONDS = 604_800
/** Browsers keep a cookie for 400 days at most. */
const LONGEST_COOKIE_SECONDS = 34_560_000

/** Everything that is wrong, in one message without any value. */
export class ConfigurationError extends Error {
  constructor(problems: readonly string[]) {
    super(
      ['The gateway cannot start; its environment is wrong:', ...problems.map(line => `  ${line}`)].join(
        '\n',
      ),
    )
  }
}

/** @throws {ConfigurationError} */
export function readConfiguration(environment: NodeJS.ProcessEnv): Configuration {
  const reader = createVariableReader(environment)
  const { read } = reader
  const isProduction = reader.text('NODE_ENV') === 'production'
  const wechat = readWechat(reader, isProduction)
  const configuration = {
    host: read('HOST', matching(/^[\w.:-]+$/, 'must be an address or a name')) ?? '127.0.0.1',
    port: read('PORT', integer(0, 65_535)) ?? 3000,
    metricsPort: read('METRICS_PORT', integer(0, 65_535)),
    logLevel: read('LOG_LEVEL', oneOf('fatal', 'error', 'warn', 'info', 'debug', 'silent')) ?? 'info',
    isProduction,
    trustProxy: read('TRUST_PROXY', trustProxy) ?? false,
    // Phones of a whole city can share one address of their carrier.
    rateLimit: read('RATE_LIMIT', integer(0, 1_000_000)) ?? 600,
    redis: read('REDIS_URL', redisAddress),
    redisKeyPrefix: read('REDIS_KEY_PREFIX', matching(/^[\w.:/-]{1,64}$/, KEY_PREFIX_COMPLAINT)) ?? '',
    session: readSession(reader, wechat.publicUrl?.startsWith('https:') ?? false),
    wechat,
  }
  const { metricsPort, port } = configuration
  if (metricsPort !== undefined && metricsPort !== 0 && metricsPort === port) {
    reader.complain('METRICS_PORT', 'must differ from PORT: metrics are not for the public')
  }
  if (reader.problems.length > 0) throw new ConfigurationError(reader.problems)
  return configuration
}

function readWechat(reader: VariableReader, isProduction: boolean): WechatConfiguration {
  const { read, required, complain } = reader
  const appId = required('WECHAT_APP_ID', matching(/^wx[A-Za-z0-9_-]{1,62}$/, 'must begin with "wx"')) ?? ''
  const appSecret = required(
    'WECHAT_APP_SECRET',
    matching(/^[\x21-\x7e]{8,256}$/, 'must be 8 or more printable characters without spaces'),
  )
  const isSimulated = appId.startsWith('wxsim')
  if (isSimulated && isProduction) {
    complain('WECHAT_APP_ID', 'must not be a simulated one (wxsim…) with NODE_ENV=production')
  }
  const apiBaseUrls = readHosts(reader, 'WECHAT_API_BASE_URL', wechatAddresses, isSimulated)
  const openBaseUrls = readHosts(reader, 'WECHAT_OPEN_BASE_URL', text => [wechatAddress(text)], isSimulated)
  const publicUrl = read('WECHAT_PUBLIC_URL', webAddress)
  if (isProduction && publicUrl?.protocol === 'http:' && !isLoopback(publicUrl)) {
    complain('WECHAT_PUBLIC_URL', 'must be https with NODE_ENV=production')
  }
  const allowedOrigins = read('WECHAT_ALLOWED_ORIGINS', origins) ?? []
  const keys = read('WECHAT_SERVICE_KEYS', serviceKeys)
  const mediaAccess = read('MEDIA_ACCESS', oneOf('open', 'login', 'key')) ?? 'open'
  if (mediaAccess === 'key' && reader.text('WECHAT_SERVICE_KEYS') === undefined) {
    complain('WECHAT_SERVICE_KEYS', 'must be set, since MEDIA_ACCESS is key')
  }
  const tokenMode = read('WECHAT_TOKEN_MODE', oneOf('stable', 'legacy')) ?? 'stable'
  if (isProduction && tokenMode === 'legacy' && reader.text('REDIS_URL') === undefined) {
    complain('REDIS_URL', 'must be set with NODE_ENV=production, since WECHAT_TOKEN_MODE is legacy')
  }
  return {
    appId,
    appSecret: appSecret ?? '',
    apiBaseUrl: apiBaseUrls,
    openBaseUrl: openBaseUrls?.[0],
    proxyUrl: read('WECHAT_PROXY_URL', proxyAddress),
    timeoutMs: read('WECHAT_TIMEOUT_MS', integer(100, 60_000)),
    tokenMode,
    scope: read('WECHAT_SCOPE', oneOf('snsapi_base', 'snsapi_userinfo')) ?? 'snsapi_base',
    publicUrl: publicUrl?.href,
    allowedOrigins,
    defaultReturnUrl: readDefaultReturn(reader, publicUrl, allowedOrigins),
    serviceKeys: keys,
    mediaAccess,
  }
}

function readHosts(
  reader: VariableReader,
  name: string,
  parse: (text: string) => URL[],
  isSimulated: boolean,
): string[] | undefined {
  const urls = reader.read(name, parse)
  const isWanting = isSimulated && (urls ? !urls.every(isLoopback) : reader.text(name) === undefined)
  if (isWanting) reader.complain(name, 'must lead to the simulator, since WECHAT_APP_ID is a simulated one')
  return urls?.map(url => url.href)
}

function readDefaultReturn(reader: VariableReader, publicUrl: URL | undefined, allowed: string[]): string {
  const form = matching(/^(?:\/(?![/\\])|https?:\/\/)[^\s\\]*$/, 'must be a path such as /, or a web address')
  const text = reader.read('WECHAT_DEFAULT_RETURN', form)
  if (text === undefined || text.startsWith('/')) return text ?? '/'
  const origin = URL.parse(text)?.origin ?? ''
  if (![publicUrl?.origin, ...allowed].includes(origin)) {
    reader.complain(
      'WECHAT_DEFAULT_RETURN',
      "must be of the public URL's origin, or of WECHAT_ALLOWED_ORIGINS",
    )
  }
  return text
}

function readSession(reader: VariableReader, isSecure: boolean): SessionConfiguration {
  const { read, required, complain } = reader
  const cookieDomain = read(
    'SESSION_COOKIE_DOMAIN',
    matching(/^\.?[a-z0-9-]+(?:\.[a-z0-9-]+)+$/i, 'must be a domain such as example.com'),
  )
  // Browsers take a cookie with the prefix __Host- from this host alone, so that no sibling subdomain can plant one.
  const defaultName = isSecure && cookieDomain === undefined ? '__Host-wechat.sid' : 'wechat.sid'
  const name =
    read('SESSION_NAME', matching(/^[!#$%&'*+.^`|~\w-]{1,64}$/, "must be a cookie's name")) ?? defaultName
  if (/^__(?:Host|Secure)-/.test(name) && !isSecure) {
    complain('SESSION_NAME', 'has a prefix that browsers take only where WECHAT_PUBLIC_URL is https')
  }
  if (name.startsWith('__Host-') && cookieDomain !== undefined) {
    complain('SESSION_COOKIE_DOMAIN', 'must be empty, since SESSION_NAME begins with __Host-')
  }
  return {
    name,
    secrets: required('SESSION_SECRET', sessionSecrets) ?? [],
    cookieDomain,
    ttlSeconds: read('SESSION_TTL', integer(60, LONGEST_COOKIE_SECONDS)) ?? WEEK_SECONDS,
    isSecure,
  }
}
