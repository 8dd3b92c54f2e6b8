import { z } from 'zod'

/**
 * The settings of the account and the platform. Rules that the platform's documentation leaves open are settings, so that
 * tests can try both. `simulator.configure()` changes them at any time.
 */
export interface PlatformConfig {
  /**
   * Where logins may return to: `m.example.com`, `m.example.com:8080`, `m.example.com:*`, each also with a path below
   * which the callback must lie. Without a port only the scheme's own counts.
   * @default 'loopback': localhost, 127.0.0.1 and [::1] with any port, as a test account allows
   */
  oauthDomains: 'loopback' | readonly string[]
  /** Hosts whose pages may use the JS-SDK; an entry covers its subdomains. @default 'loopback' */
  safeDomains: 'loopback' | readonly string[]
  /** Addresses, or networks such as `203.0.113.0/24`, that may call the API; others get 40164. @default 'off' */
  ipWhitelist: 'off' | readonly string[]
  /**
   * The calls below `/cgi-bin/` that the whitelist covers: all, those with the app secret, as before 2026, or those with a
   * token, as for a server whose token comes from another machine.
   * @default 'every-call'
   */
  ipWhitelistScope: 'every-call' | 'secret-calls' | 'token-calls'
  /** The errcode for an address outside the whitelist; older pages name 61004. @default 40164 */
  ipWhitelistErrcode: 40164 | 61004
  /**
   * Whether the administrator has to confirm an address that calls with the app secret for the first time: 89503, then
   * 89501 until `confirmNewCallers()` or `refuseNewCallers()`. With a whitelist nothing has to be confirmed.
   * @default 'allowed'
   */
  newCallers: 'allowed' | 'need-confirmation'
  /** Whether `/sns/…` checks the whitelist too. @default false */
  snsChecksIpWhitelist: boolean
  /** An account that is not certified has no web login: error page 10005. @default true */
  certified: boolean
  /** A test account: smaller quotas, and only its followers can log in (error page 10006). @default false */
  testAccount: boolean
  /** Whether `unionid` is given out. @default false */
  boundToOpenPlatform: boolean
  /** Whether people who don't follow the account have a `unionid` too. @default true */
  unionidForNonFollowers: boolean
  /** The errcode for an OAuth code older than five minutes. @default 40029 */
  codeExpiredErrcode: 40029 | 42003
  /** Whether an exchange that fails uses the code up. @default true */
  failedExchangeBurnsCode: boolean
  /** Whether a refresh hands out another refresh token and ends the old one. @default false */
  refreshTokenRotates: boolean
  /** The callback after a person's refusal: none, or one with `state` alone. @default 'no-callback' */
  refusal: 'no-callback' | 'state-only'
  /** Followers are not asked, even for `snsapi_userinfo`: in WeChat, if they come from its menu. @default false */
  silentForFollowers: boolean
  /** Answers every authorize page by itself, as the first person or as the one with this id. @default false */
  autoApprove: boolean | string
  /** Whether a login that asks for the profile is that of a snapshot page's virtual user. @default false */
  snapshotPage: boolean
  /**
   * Whether the browser loses the cookies of the simulator's host name before it returns to the app, once or each time.
   * Only an app on that host name notices. @default 'off'
   */
  cookieLoss: 'off' | 'once' | 'always'
  /** Whether the browser opens the callback twice, as some clients do: with the same code or a new one. @default 'off' */
  doubleCallback: 'off' | 'same-code' | 'new-code'
  /** Whether the authorize page demands `MicroMessenger` in the User-Agent. @default false */
  requireWechatUserAgent: boolean
  /** Whether a `state` outside `[a-zA-Z0-9]{1,128}` is refused. @default true */
  strictState: boolean
  /** What happens to an authorize URL whose parameters are not in the documented order. @default 'warn' */
  parameterOrder: 'ignore' | 'warn' | 'refuse'
  /** The answer to a forced refresh within 30 seconds of another. @default 'current-token' */
  forceRefreshTooSoon: 'current-token' | 'refused'
  /** A ticket ends two hours after it was made, or, with `clock`, at the next even hour of UTC. @default 'lifetime' */
  jsapiTicketRotation: 'lifetime' | 'clock'
  /** For how many seconds a replaced ticket stays valid. @default 0 */
  jsapiTicketOverlapSeconds: number
  /**
   * The content type of JSON: `text/plain` for the answers for which the platform is known to send it, or one type for
   * all. @default 'as-documented'
   */
  jsonContentType: 'as-documented' | 'text/plain' | 'application/json'
  /** Leaves control characters in JSON texts unescaped, which strict parsers refuse. @default false */
  rawControlCharacters: boolean
  /** Writes `/` as `\/` in JSON. @default false */
  escapedSlashes: boolean
  /** Whether media comes with `Content-disposition`. @default true */
  mediaContentDisposition: boolean
  /** The content type of AMR voice in downloads. @default 'audio/amr' */
  voiceContentType: string
  /** The limits of calls per day, by path. They replace the built-in ones. */
  dailyLimits: Readonly<Record<string, number>>
  /** The limits of calls per minute, by path. They replace the built-in ones. */
  minuteLimits: Readonly<Record<string, number>>
}

export const defaultPlatformConfig: Readonly<PlatformConfig> = {
  oauthDomains: 'loopback',
  safeDomains: 'loopback',
  ipWhitelist: 'off',
  ipWhitelistScope: 'every-call',
  ipWhitelistErrcode: 40164,
  newCallers: 'allowed',
  snsChecksIpWhitelist: false,
  certified: true,
  testAccount: false,
  boundToOpenPlatform: false,
  unionidForNonFollowers: true,
  codeExpiredErrcode: 40029,
  failedExchangeBurnsCode: true,
  refreshTokenRotates: false,
  refusal: 'no-callback',
  silentForFollowers: false,
  autoApprove: false,
  snapshotPage: false,
  cookieLoss: 'off',
  doubleCallback: 'off',
  requireWechatUserAgent: false,
  strictState: true,
  parameterOrder: 'warn',
  forceRefreshTooSoon: 'current-token',
  jsapiTicketRotation: 'lifetime',
  jsapiTicketOverlapSeconds: 0,
  jsonContentType: 'as-documented',
  rawControlCharacters: false,
  escapedSlashes: false,
  mediaContentDisposition: true,
  voiceContentType: 'audio/amr',
  dailyLimits: {},
  minuteLimits: {},
}

const domains = z.union([z.literal('loopback'), z.array(z.string())])
const limits = z.record(z.string(), z.number().min(0))

const config: { [Name in keyof PlatformConfig]: z.ZodType<PlatformConfig[Name]> } = {
  oauthDomains: domains,
  safeDomains: domains,
  ipWhitelist: z.union([z.literal('off'), z.array(z.string())]),
  ipWhitelistScope: z.enum(['every-call', 'secret-calls', 'token-calls']),
  ipWhitelistErrcode: z.literal([40164, 61004]),
  newCallers: z.enum(['allowed', 'need-confirmation']),
  snsChecksIpWhitelist: z.boolean(),
  certified: z.boolean(),
  testAccount: z.boolean(),
  boundToOpenPlatform: z.boolean(),
  unionidForNonFollowers: z.boolean(),
  codeExpiredErrcode: z.literal([40029, 42003]),
  failedExchangeBurnsCode: z.boolean(),
  refreshTokenRotates: z.boolean(),
  refusal: z.enum(['no-callback', 'state-only']),
  silentForFollowers: z.boolean(),
  autoApprove: z.union([z.boolean(), z.string()]),
  snapshotPage: z.boolean(),
  cookieLoss: z.enum(['off', 'once', 'always']),
  doubleCallback: z.enum(['off', 'same-code', 'new-code']),
  requireWechatUserAgent: z.boolean(),
  strictState: z.boolean(),
  parameterOrder: z.enum(['ignore', 'warn', 'refuse']),
  forceRefreshTooSoon: z.enum(['current-token', 'refused']),
  jsapiTicketRotation: z.enum(['lifetime', 'clock']),
  jsapiTicketOverlapSeconds: z.number().min(0),
  jsonContentType: z.enum(['as-documented', 'text/plain', 'application/json']),
  rawControlCharacters: z.boolean(),
  escapedSlashes: z.boolean(),
  mediaContentDisposition: z.boolean(),
  voiceContentType: z.string(),
  dailyLimits: limits,
  minuteLimits: limits,
}

// The object is strict, because a misspelt name would otherwise be ignored.
const configChanges = z.strictObject(config).partial()

/** Checks the names and values of settings. @throws {TypeError} that names the wrong setting. */
export function parseConfigChanges(changes: unknown): Partial<PlatformConfig> {
  const { data, error } = configChanges.safeParse(changes)
  if (error) throw new TypeError(`simulator: ${z.prettifyError(error)}`)
  // An option that is present but undefined counts as left out, and must not hide the default.
  return Object.fromEntries(Object.entries(data).filter(([, value]) => value !== undefined))
}
