import { z } from 'zod'
import { configError, optionError } from '../errors/create-error.js'
import { WechatConfigError } from '../errors/errors.js'
import { parseOptions } from '../util/parse-options.js'
import { Secret } from '../util/secret.js'
import { parseApiBaseUrls, parseBaseUrl } from './network/base-url.js'
import { type ProxyServer, parseProxy } from './network/proxy.js'
import { isSimulatedAppId } from './simulated.js'

export interface WechatAccountOptions {
  /** The account's AppID. @default the environment's WECHAT_APP_ID */
  appId?: string | undefined
  /** The account's AppSecret. @default the environment's WECHAT_APP_SECRET */
  appSecret?: string | undefined
  /**
   * Where the API is called: WeChat itself, a reverse proxy (https, or http on loopback), or the simulator. Of a list,
   * the first host that can be connected to is called; a code exchange that may have arrived is never repeated.
   * @default the environment's WECHAT_API_BASE_URL (comma separated), else https://api.weixin.qq.com and, if that
   * cannot be reached, https://api2.weixin.qq.com
   */
  apiBaseUrl?: string | readonly string[] | undefined
  /**
   * Lets `apiBaseUrl` be plain http at a private address, such as a reverse proxy in the same network. Everything in
   * that network can then read the app secret. A name that leads to a public address is refused when it is called.
   * @default false
   */
  allowInsecureApiBaseUrl?: boolean | undefined
  /**
   * The proxy of every call, also to hosts in NO_PROXY, but never of calls to loopback: `http://`, `https://`,
   * `socks5h://` (the proxy resolves names) or `socks5://` (this process does); SOCKS needs the package
   * `socks-proxy-agent`. User and password are percent-encoded in it.
   * @default the environment's WECHAT_PROXY_URL, else what HTTPS_PROXY, HTTP_PROXY and NO_PROXY say
   */
  proxyUrl?: string | undefined
  /** 4 connects over IPv4 only, if the IP whitelist does not have this server's IPv6 address. @default as the system chooses */
  family?: 4 | undefined
  /**
   * Where browsers are sent to log in.
   * @default the environment's WECHAT_OPEN_BASE_URL, else https://open.weixin.qq.com
   */
  openBaseUrl?: string | undefined
  /**
   * Milliseconds for one whole call to WeChat, retries included. One attempt gets half of it, connecting a fifth.
   * For media: until the first 64 KiB, or the end, have arrived.
   * @default the environment's WECHAT_TIMEOUT_MS, else 10,000
   */
  timeoutMs?: number | undefined
}

/** One Official Account, and how WeChat is called for it. */
export interface WechatAccount {
  readonly appId: string
  /** The app secret; undefined only if a token source provides the tokens. */
  readonly appSecret: Secret | undefined
  /** The first of {@link WechatAccount.apiBaseUrls}. */
  readonly apiBaseUrl: string
  readonly apiBaseUrls: readonly string[]
  /** The proxy named for WeChat alone; if undefined, HTTPS_PROXY, HTTP_PROXY and NO_PROXY decide. */
  readonly proxy: ProxyServer | undefined
  readonly family: 4 | undefined
  readonly openBaseUrl: string
  readonly timeoutMs: number
  /** Whether the simulator is called instead of WeChat. */
  readonly isSimulated: boolean
}

/**
 * Matches a value without blanks or quotes around it. Blanks and quotes are often copied from a web page, and Docker's
 * env files keep quotes. The error's message does not repeat the value.
 */
const NOTHING_AROUND = /^(?![\s"'])(?!.*[\s"']$)/s

export const accountOptionsShape = {
  appId: z
    .string('must be set (or WECHAT_APP_ID in the environment)')
    .regex(NOTHING_AROUND, 'must be the AppID without blanks or quotes around it')
    .regex(/^wx[A-Za-z0-9_-]{1,62}$/, 'must be an AppID, which begins with "wx"'),
  appSecret: z
    .string('must be set (or WECHAT_APP_SECRET in the environment)')
    .regex(NOTHING_AROUND, 'must be the AppSecret without blanks or quotes around it')
    .regex(/^[\x21-\x7e]{8,256}$/, 'must be the AppSecret: printable characters without spaces'),
  apiBaseUrl: z.union([z.string(), z.array(z.string()).readonly()], 'must be a URL, or a list of URLs'),
  allowInsecureApiBaseUrl: z.boolean('must be true or false').default(false),
  proxyUrl: z.string('must be the URL of a proxy').optional(),
  family: z.literal(4, 'must be 4, for connections over IPv4 only').optional(),
  openBaseUrl: z.string('must be a URL'),
  timeoutMs: z
    .number('must be a number of milliseconds')
    .int('must be a whole number of milliseconds')
    .min(100, 'must be at least 100 (milliseconds)')
    .max(60_000, 'must be at most 60000 (milliseconds)'),
}

const accountSchema = z.object(accountOptionsShape)
const secretlessSchema = accountSchema.extend({ appSecret: accountOptionsShape.appSecret.optional() })

/**
 * Parses the options of an account; variables replace missing options.
 * @throws {WechatConfigError} naming the option or the variable
 */
export function parseAccount(
  factory: string,
  options: WechatAccountOptions,
  environment: NodeJS.ProcessEnv,
  needsSecret = true,
): WechatAccount {
  const parsed = parseOptions(factory, needsSecret ? accountSchema : secretlessSchema, {
    appId: options.appId ?? named(environment.WECHAT_APP_ID),
    appSecret: options.appSecret ?? named(environment.WECHAT_APP_SECRET),
    apiBaseUrl: options.apiBaseUrl ?? listed(environment.WECHAT_API_BASE_URL) ?? 'https://api.weixin.qq.com',
    allowInsecureApiBaseUrl: options.allowInsecureApiBaseUrl,
    proxyUrl: options.proxyUrl,
    family: options.family,
    openBaseUrl:
      options.openBaseUrl ?? named(environment.WECHAT_OPEN_BASE_URL) ?? 'https://open.weixin.qq.com',
    timeoutMs: options.timeoutMs ?? numberFrom(factory, 'WECHAT_TIMEOUT_MS', environment) ?? 10_000,
  })
  const isSimulated = isSimulatedAppId(parsed.appId)
  if (isSimulated && environment.NODE_ENV === 'production') {
    throw new WechatConfigError(
      `${factory}: "appId" is a simulated one (wxsim…), and NODE_ENV=production refuses the simulator`,
      'simulator_in_production',
    )
  }
  const apiBaseUrls = parseApiBaseUrls(factory, parsed.apiBaseUrl, {
    isSimulated,
    allowsInsecure: parsed.allowInsecureApiBaseUrl,
  })
  return {
    appId: parsed.appId,
    appSecret: parsed.appSecret === undefined ? undefined : new Secret(parsed.appSecret),
    apiBaseUrl: apiBaseUrls[0],
    apiBaseUrls,
    proxy: parseProxyOption(factory, parsed.proxyUrl, environment),
    family: parsed.family,
    openBaseUrl: parseBaseUrl(factory, 'openBaseUrl', parsed.openBaseUrl, { isSimulated }),
    timeoutMs: parsed.timeoutMs,
    isSimulated,
  }
}

/**
 * Returns the app secret.
 * @throws {WechatConfigError} `app_secret_missing` if the account has none
 */
export function revealAppSecret({ appSecret }: WechatAccount): string {
  if (!appSecret) throw configError('app_secret_missing')
  return appSecret.reveal()
}

/**
 * Refuses an account without an app secret.
 * @throws {WechatConfigError} `app_secret_missing`, naming the factory
 */
export function assertAppSecret(factory: string, { appSecret }: WechatAccount): void {
  if (appSecret) return
  throw configError(
    'app_secret_missing',
    `${factory} needs the "appSecret" of the token manager (WECHAT_APP_SECRET), which a tokenSource does not replace`,
  )
}

/**
 * Parses the proxy of the option or of WECHAT_PROXY_URL; undefined if neither is set.
 * @throws {WechatConfigError} without the address, which can hold a password
 */
export function parseProxyOption(
  factory: string,
  proxyUrl: string | undefined,
  environment: NodeJS.ProcessEnv,
  option = 'proxyUrl',
): ProxyServer | undefined {
  const text = proxyUrl ?? named(environment.WECHAT_PROXY_URL)
  if (text === undefined) return undefined
  const proxy = parseProxy(text)
  if (typeof proxy !== 'string') return proxy
  if (proxyUrl !== undefined) throw optionError(factory, option, proxy)
  throw new WechatConfigError(`${factory}: WECHAT_PROXY_URL ${proxy}`)
}

/** An empty variable counts as absent, because container files set variables to empty texts. */
function named(text: string | undefined): string | undefined {
  return text === '' ? undefined : text
}

/** Splits a list of addresses at its commas. A single one stays a text, so that an error names it without an index. */
function listed(text: string | undefined): string | string[] | undefined {
  return text?.includes(',') ? text.split(',').map(part => part.trim()) : named(text)
}

function numberFrom(factory: string, variable: string, environment: NodeJS.ProcessEnv): number | undefined {
  const text = named(environment[variable])
  if (text === undefined || /^\d{1,9}$/.test(text)) return text === undefined ? undefined : Number(text)
  throw new WechatConfigError(`${factory}: ${variable} must be a whole number`)
}

export { isLoopbackHost } from './network/host.js'
