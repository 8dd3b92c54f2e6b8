import { z } from 'zod'
import { redisAddress } from './redis-address.ts'
import { listRules } from './rules.ts'
import { allowedApis, appSecret, serviceKeys, sessionSecrets, tokenSourceKey } from './secrets.ts'
import {
  flag,
  list,
  oneOf,
  origins,
  proxyAddress,
  trustProxy,
  webAddress,
  wechatAddress,
  wholeNumber,
} from './values.ts'

const WEEK_SECONDS = 604_800
/** The highest SESSION_TTL: browsers keep a cookie for 400 days at most. */
const LONGEST_COOKIE_SECONDS = 34_560_000

/** Every variable, with its default. README.md explains them. */
const variables = z.object({
  NODE_ENV: z.string().optional(),

  WECHAT_APP_ID: z
    .string('must be set')
    .regex(/^wx[A-Za-z0-9_-]{1,62}$/, 'must begin with wx, without quotes around it'),
  WECHAT_APP_SECRET: appSecret.optional(),
  WECHAT_TOKEN_SOURCE_URL: wechatAddress.optional(),
  WECHAT_TOKEN_SOURCE_KEY: tokenSourceKey.optional(),
  WECHAT_TOKEN_MODE: oneOf('stable', 'legacy').default('stable'),

  WECHAT_API_BASE_URL: list
    .pipe(z.array(webAddress).min(1, 'must be web addresses, separated by commas'))
    .optional(),
  WECHAT_ALLOW_INSECURE_API_BASE_URL: flag.default(false),
  WECHAT_OPEN_BASE_URL: wechatAddress.optional(),
  WECHAT_PROXY_URL: proxyAddress.optional(),
  WECHAT_FAMILY: z
    .literal('4', 'must be 4')
    .transform(() => 4 as const)
    .optional(),
  WECHAT_TIMEOUT_MS: wholeNumber(100, 60_000).optional(),

  WECHAT_PUBLIC_URL: webAddress.optional(),
  WECHAT_ALLOWED_ORIGINS: origins.default([]),
  WECHAT_DEFAULT_RETURN: z
    .string()
    .regex(/^(?:\/(?![/\\])|https?:\/\/)[^\s\\]*$/, 'must be a path such as /, or a web address')
    .default('/'),
  WECHAT_SCOPE: oneOf('snsapi_base', 'snsapi_userinfo').default('snsapi_base'),

  WECHAT_SERVICE_KEYS: serviceKeys.optional(),
  WECHAT_API_ALLOW: allowedApis.optional(),
  MEDIA_ACCESS: oneOf('open', 'login', 'key').default('open'),

  HOST: z
    .string()
    .regex(/^[\w.:-]+$/, 'must be an address or a name')
    .default('127.0.0.1'),
  PORT: wholeNumber(0, 65_535).default(3000),
  METRICS_PORT: wholeNumber(0, 65_535).optional(),
  LOG_LEVEL: oneOf('fatal', 'error', 'warn', 'info', 'debug', 'silent').default('info'),
  TRUST_PROXY: trustProxy.default(false),
  // The default is high, because the phones of a whole city can share one address of their carrier.
  RATE_LIMIT: wholeNumber(0, 1_000_000).default(600),

  REDIS_URL: redisAddress.optional(),
  REDIS_KEY_PREFIX: z
    .string()
    .regex(/^[\w.:/-]{1,64}$/, 'must be up to 64 letters, digits and the signs _ . : / -')
    .default(''),

  SESSION_SECRET: sessionSecrets.optional(),
  SESSION_NAME: z
    .string()
    .regex(/^[!#$%&'*+.^`|~\w-]{1,64}$/, "must be a cookie's name")
    .optional(),
  SESSION_COOKIE_DOMAIN: z
    .string()
    .regex(/^\.?[a-z0-9-]+(?:\.[a-z0-9-]+)+$/i, 'must be a domain such as example.com')
    .optional(),
  SESSION_TTL: wholeNumber(60, LONGEST_COOKIE_SECONDS).default(WEEK_SECONDS),
})

export type Variables = z.output<typeof variables>

/** Parses the variables, and reports all faults at once: those of single variables, and those between variables. */
export const environmentSchema = variables.superRefine(
  (env, context) => {
    const faulty = new Set(context.issues.map(({ path }) => path?.[0]))
    const right = Object.entries(env).filter(([name]) => !faulty.has(name))
    const isSet = (name: keyof Variables) => env[name] !== undefined
    for (const [isBroken, name, message] of listRules({ env: Object.fromEntries(right), isSet })) {
      if (isBroken) context.addIssue({ code: 'custom', path: [name], message })
    }
  },
  // Without this option, Zod skips this check as soon as a single variable has a fault.
  { when: () => true },
)

/** Returns the gateway's variables that are set. Compose files pass on empty variables, which count as not set. */
export function setVariables(environment: NodeJS.ProcessEnv): Record<string, string> {
  const names = Object.keys(variables.shape)
  const values = names.map(name => [name, environment[name]?.trim() ?? ''] as const)
  return Object.fromEntries(values.filter(([, value]) => value !== ''))
}
