import { randomHex } from './platform/random-text.js'

/**
 * How the account and the platform behave. Each has a default; what the platform's documentation leaves open is here
 * too, so that a test can try both. All of it can be changed while the simulator runs, with `simulator.configure()`.
 */
export interface AccountBehaviour {
  /**
   * Where logins may return to: `m.example.com`, `m.example.com:8080`, `m.example.com:*`, each also with a path below
   * which the callback must lie. Without a port only the scheme's own counts.
   * @default 'loopback': localhost, 127.0.0.1 and [::1] with any port, as a test account allows
   */
  oauthDomains: 'loopback' | readonly string[]
  /** Hosts whose pages may use the JS-SDK; an entry covers its subdomains. @default 'loopback' */
  safeDomains: 'loopback' | readonly string[]
  /** Addresses that may fetch the account's token; others get 40164. @default 'off' */
  ipWhitelist: 'off' | readonly string[]
  /** Whether `/sns/…` looks at the whitelist too. @default false */
  snsChecksIpWhitelist: boolean
  /** An account that is not certified has no web login: error page 10005. @default true */
  certified: boolean
  /** A test account: smaller quotas, and only its followers can log in (error page 10006). @default false */
  testAccount: boolean
  /** Whether `unionid` is given out. @default false */
  boundToOpenPlatform: boolean
  /** @default true */
  unionidForNonFollowers: boolean
  /** What an OAuth code older than five minutes gets. @default 40029 */
  codeExpiredErrcode: 40029 | 42003
  /** Whether an exchange that fails uses the code up. @default true */
  failedExchangeBurnsCode: boolean
  /** Whether a refresh hands out another refresh token and ends the old one. @default false */
  refreshTokenRotates: boolean
  /** What follows a person's refusal. @default 'no-callback' */
  refusal: 'no-callback' | 'state-only'
  /** Followers who come from the account's menu are not asked, even for `snsapi_userinfo`. @default false */
  silentForFollowers: boolean
  /** Answers every authorize page by itself, as the first person or as the one with this id. @default false */
  autoApprove: boolean | string
  /** How often a browser opens the callback after a consent: some clients open it twice. @default 'off' */
  doubleCallback: 'off' | 'same-code' | 'new-code'
  /** Whether the authorize page wants `MicroMessenger` in the User-Agent. @default false */
  requireWechatUserAgent: boolean
  /** Whether a `state` outside `[a-zA-Z0-9]{1,128}` is refused. @default true */
  strictState: boolean
  /** What becomes of an authorize URL whose parameters are in another order than the documented one. @default 'warn' */
  parameterOrder: 'ignore' | 'warn' | 'refuse'
  /** A forced refresh within 30 seconds of the one before. @default 'current-token' */
  forceRefreshTooSoon: 'current-token' | 'refused'
  /** Two hours from the first fetch, or at every second full hour of the clock. @default 'lifetime' */
  jsapiTicketRotation: 'lifetime' | 'clock'
  /** How long a replaced ticket still verifies. @default 0 */
  jsapiTicketOverlapSeconds: number
  /** `text/plain` where the platform is known for it, or one type everywhere. @default 'as-documented' */
  jsonContentType: 'as-documented' | 'text/plain' | 'application/json'
  /** Leaves control characters in JSON texts unescaped, which strict parsers refuse. @default false */
  rawControlCharacters: boolean
  /** Writes `/` as `\/` in JSON. @default false */
  escapedSlashes: boolean
  /** Whether media comes with `Content-disposition`. @default true */
  mediaContentDisposition: boolean
  /** The type that voice is served with. @default 'audio/amr' */
  voiceContentType: string
  /** Calls per day by path, over the built-in numbers. */
  dailyLimits: Readonly<Record<string, number>>
  /** Calls per minute by path, over the built-in numbers. */
  minuteLimits: Readonly<Record<string, number>>
}

export interface SimulatorOptions extends Partial<AccountBehaviour> {
  /** Begins with `wxsim`, so that it can never be a real account's. @default 'wxsim' and random hex digits */
  appId?: string
  /** Begins with `sim_`. @default 'sim_' and random hex digits */
  appSecret?: string
  /** 0 takes a free one. @default 0 */
  port?: number
  /** @default '127.0.0.1' */
  host?: string
  /** Allows a `host` that other machines can reach. @default false */
  allowInsecureHost?: boolean
  /** The wall clock, in milliseconds. `simulator.advance()` adds to it. @default Date.now */
  now?: () => number
}

export interface Settings {
  appId: string
  appSecret: string
  port: number
  host: string
  allowInsecureHost: boolean
  now: () => number
  behaviour: AccountBehaviour
}

const defaultBehaviour: Readonly<AccountBehaviour> = {
  oauthDomains: 'loopback',
  safeDomains: 'loopback',
  ipWhitelist: 'off',
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

/** @throws {TypeError} that names the option and what it must be. Never repeats a secret. */
export function parseOptions(options: SimulatorOptions = {}): Settings {
  const {
    appId = `wxsim${randomHex(13)}`,
    appSecret = `sim_${randomHex(32)}`,
    port = 0,
    host = '127.0.0.1',
    allowInsecureHost = false,
    now = Date.now,
    ...behaviour
  } = options

  if (!/^wxsim[\w-]*$/.test(appId)) {
    throw new TypeError(`simulator: "appId" must begin with "wxsim", got "${appId}"`)
  }
  if (!/^sim_[\w-]+$/.test(appSecret)) {
    throw new TypeError('simulator: "appSecret" must begin with "sim_"; a real one has no place here')
  }
  if (!Number.isInteger(port) || port < 0 || port > 65_535) {
    throw new TypeError(`simulator: "port" must be 0 to 65535, got ${port}`)
  }
  return {
    appId,
    appSecret,
    port,
    host,
    allowInsecureHost,
    now,
    behaviour: changedBehaviour(defaultBehaviour, behaviour),
  }
}

/** @throws {TypeError} for a name that is no setting: a misspelt one would silently test nothing. */
export function changedBehaviour(
  behaviour: Readonly<AccountBehaviour>,
  changes: Partial<AccountBehaviour>,
): AccountBehaviour {
  for (const name of Object.keys(changes)) {
    if (!Object.hasOwn(defaultBehaviour, name)) throw new TypeError(`simulator: there is no option "${name}"`)
  }
  return { ...behaviour, ...changes }
}
