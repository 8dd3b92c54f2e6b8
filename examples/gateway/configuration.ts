import { environmentSchema, setVariables, type Variables } from './environment.ts'

export type Configuration = ReturnType<typeof toConfiguration>
export type SessionConfiguration = Configuration['session']
export type WechatConfiguration = Configuration['wechat']

/** Lists all faults of the environment in one message, which shows no value, because a value can be a secret. */
export class ConfigurationError extends Error {
  constructor(faults: readonly string[]) {
    super(['The gateway cannot start; its environment is wrong:', ...faults].join('\n  '))
  }
}

/**
 * Reads the gateway's settings from the environment.
 * @throws {ConfigurationError} naming each wrong variable once, with what it must be.
 */
export function readConfiguration(environment: NodeJS.ProcessEnv): Configuration {
  const { success, data, error } = environmentSchema.safeParse(setVariables(environment))
  if (success) return toConfiguration(data)
  // A list has one issue for each of its wrong entries; only the first issue of a variable is reported.
  const complaints = new Map(error.issues.toReversed().map(({ path, message }) => [path[0], message]))
  const names = new Set(error.issues.map(({ path }) => path[0]))
  throw new ConfigurationError([...names].map(name => `${String(name)} ${complaints.get(name)}`))
}

function toConfiguration(env: Variables) {
  const isSecure = env.WECHAT_PUBLIC_URL?.startsWith('https:') ?? false
  return {
    host: env.HOST,
    port: env.PORT,
    metricsPort: env.METRICS_PORT,
    logLevel: env.LOG_LEVEL,
    isProduction: env.NODE_ENV === 'production',
    trustProxy: env.TRUST_PROXY,
    /** The maximum number of requests per minute from one address; 0 means no limit. */
    rateLimit: env.RATE_LIMIT,
    redis: env.REDIS_URL,
    /** The prefix of all keys in Redis, session keys included. */
    redisKeyPrefix: env.REDIS_KEY_PREFIX,
    session: {
      name: env.SESSION_NAME ?? defaultSessionName(isSecure, env.SESSION_COOKIE_DOMAIN),
      secrets: env.SESSION_SECRET ?? [],
      cookieDomain: env.SESSION_COOKIE_DOMAIN,
      ttlSeconds: env.SESSION_TTL,
      isSecure,
    },
    wechat: {
      appId: env.WECHAT_APP_ID,
      /** The app secret; undefined if the tokens come from another gateway. This gateway then offers no login. */
      appSecret: env.WECHAT_APP_SECRET,
      tokenSource: tokenSource(env),
      apiBaseUrl: env.WECHAT_API_BASE_URL,
      allowInsecureApiBaseUrl: env.WECHAT_ALLOW_INSECURE_API_BASE_URL,
      /** The proxy's address, which can hold a password. */
      proxyUrl: env.WECHAT_PROXY_URL,
      family: env.WECHAT_FAMILY,
      openBaseUrl: env.WECHAT_OPEN_BASE_URL,
      timeoutMs: env.WECHAT_TIMEOUT_MS,
      tokenMode: env.WECHAT_TOKEN_MODE,
      scope: env.WECHAT_SCOPE,
      publicUrl: env.WECHAT_PUBLIC_URL,
      allowedOrigins: env.WECHAT_ALLOWED_ORIGINS,
      defaultReturnUrl: env.WECHAT_DEFAULT_RETURN,
      serviceKeys: env.WECHAT_SERVICE_KEYS,
      /** The paths of WeChat's API that each back end may call through `/api`. */
      apiAllow: env.WECHAT_API_ALLOW,
      mediaAccess: env.MEDIA_ACCESS,
    },
  }
}

/** Returns a name with the prefix __Host- if possible: browsers take such a cookie only from the host itself. */
function defaultSessionName(isSecure: boolean, cookieDomain: string | undefined): string {
  return isSecure && cookieDomain === undefined ? '__Host-wechat.sid' : 'wechat.sid'
}

/** The gateway that hands out the tokens; undefined if WeChat issues them directly. */
function tokenSource({ WECHAT_TOKEN_SOURCE_URL: url, WECHAT_TOKEN_SOURCE_KEY: serviceKey }: Variables) {
  return url === undefined || serviceKey === undefined ? undefined : { url, serviceKey }
}
