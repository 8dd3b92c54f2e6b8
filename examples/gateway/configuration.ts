import { type RedisAddress, redisAddress } from './redis-address.ts'
import { sessionSecrets } from './secrets.ts'
import {
  createVariableReader,
  integer,
  matching,
  oneOf,
  trustProxy,
  type VariableReader,
} from './variables.ts'
import { readWechat, type WechatConfiguration } from './wechat-configuration.ts'

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
    session: readSession(reader, wechat),
    wechat,
  }
  const { metricsPort, port } = configuration
  if (metricsPort !== undefined && metricsPort !== 0 && metricsPort === port) {
    reader.complain('METRICS_PORT', 'must differ from PORT: metrics are not for the public')
  }
  if (reader.problems.length > 0) throw new ConfigurationError(reader.problems)
  return configuration
}

function readSession(reader: VariableReader, wechat: WechatConfiguration): SessionConfiguration {
  const { read, required, complain } = reader
  const isSecure = wechat.publicUrl?.startsWith('https:') ?? false
  // A gateway without the app secret offers no login, and its sessions need no secret.
  const readSecrets = wechat.appSecret === undefined ? read : required
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
    secrets: readSecrets('SESSION_SECRET', sessionSecrets) ?? [],
    cookieDomain,
    ttlSeconds: read('SESSION_TTL', integer(60, LONGEST_COOKIE_SECONDS)) ?? WEEK_SECONDS,
    isSecure,
  }
}
