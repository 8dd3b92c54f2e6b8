import { z } from 'zod'
import { configError } from '../errors/create-error.js'
import { WechatConfigError } from '../errors/errors.js'
import { parseOptions } from '../util/parse-options.js'
import { Secret } from '../util/secret.js'
import { isSimulatedAppId } from './simulated.js'

export interface WechatAccountOptions {
  /** The account's AppID. @default the environment's WECHAT_APP_ID */
  appId?: string | undefined
  /** The account's AppSecret. @default the environment's WECHAT_APP_SECRET */
  appSecret?: string | undefined
  /**
   * Where the API is called: WeChat itself, an egress proxy (https, or http on loopback), or the simulator.
   * @default the environment's WECHAT_API_BASE_URL, else https://api.weixin.qq.com
   */
  apiBaseUrl?: string | undefined
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

/** One Official Account, and where WeChat is found for it. */
export interface WechatAccount {
  readonly appId: string
  /** Undefined only if the tokens come from elsewhere. */
  readonly appSecret: Secret | undefined
  readonly apiBaseUrl: string
  readonly openBaseUrl: string
  readonly timeoutMs: number
  /** Its WeChat is the simulator. */
  readonly isSimulated: boolean
}

export const accountOptionsShape = {
  appId: z
    .string('must be set (or WECHAT_APP_ID in the environment)')
    .regex(/^wx[A-Za-z0-9_-]{1,62}$/, 'must be an AppID, which begins with "wx"'),
  appSecret: z
    .string('must be set (or WECHAT_APP_SECRET in the environment)')
    .regex(/^[\x21-\x7e]{8,256}$/, 'must be the AppSecret: printable characters without spaces'),
  apiBaseUrl: z.string('must be a URL'),
  openBaseUrl: z.string('must be a URL'),
  timeoutMs: z
    .number('must be a number of milliseconds')
    .int('must be a whole number of milliseconds')
    .min(100, 'must be at least 100 (milliseconds)')
    .max(60_000, 'must be at most 60000 (milliseconds)'),
}

const accountSchema = z.object(accountOptionsShape)
const secretlessSchema = accountSchema.extend({ appSecret: accountOptionsShape.appSecret.optional() })

/** @throws {WechatConfigError} naming the option or the missing variable. */
export function parseAccount(
  factory: string,
  options: WechatAccountOptions,
  environment: NodeJS.ProcessEnv,
  needsSecret = true,
): WechatAccount {
  const parsed = parseOptions(factory, needsSecret ? accountSchema : secretlessSchema, {
    appId: options.appId ?? named(environment.WECHAT_APP_ID),
    appSecret: options.appSecret ?? named(environment.WECHAT_APP_SECRET),
    apiBaseUrl: options.apiBaseUrl ?? named(environment.WECHAT_API_BASE_URL) ?? 'https://api.weixin.qq.com',
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
  return {
    appId: parsed.appId,
    appSecret: parsed.appSecret === undefined ? undefined : new Secret(parsed.appSecret),
    apiBaseUrl: parseBaseUrl(factory, 'apiBaseUrl', parsed.apiBaseUrl, isSimulated),
    openBaseUrl: parseBaseUrl(factory, 'openBaseUrl', parsed.openBaseUrl, isSimulated),
    timeoutMs: parsed.timeoutMs,
    isSimulated,
  }
}

/**
 * The app secret, for a call or a key that needs it.
 * @throws {WechatConfigError} `app_secret_missing`
 */
export function revealAppSecret({ appSecret }: WechatAccount): string {
  if (!appSecret) throw configError('app_secret_missing')
  return appSecret.reveal()
}

/**
 * For factories whose handlers need the app secret.
 * @throws {WechatConfigError} `app_secret_missing`, naming the factory
 */
export function assertAppSecret(factory: string, { appSecret }: WechatAccount): void {
  if (appSecret) return
  throw configError(
    'app_secret_missing',
    `${factory} needs the "appSecret" of the token manager (WECHAT_APP_SECRET), which a tokenSource does not replace`,
  )
}

/** A variable that is set to nothing, as container files do it, is one that is not set. */
function named(text: string | undefined): string | undefined {
  return text === '' ? undefined : text
}

function numberFrom(factory: string, variable: string, environment: NodeJS.ProcessEnv): number | undefined {
  const text = named(environment[variable])
  if (text === undefined || /^\d{1,9}$/.test(text)) return text === undefined ? undefined : Number(text)
  throw new WechatConfigError(`${factory}: ${variable} must be a whole number`)
}

function parseBaseUrl(factory: string, option: string, text: string, isSimulated: boolean): string {
  const url = URL.parse(text)
  const isHttp = url?.protocol === 'http:' || url?.protocol === 'https:'
  if (!url || !isHttp || url.username || url.password || url.search || url.hash) {
    throw new WechatConfigError(`${factory}: "${option}" must be a URL such as "https://api.weixin.qq.com"`)
  }
  const isLoopback = isLoopbackHost(url.hostname)
  if (url.protocol === 'http:' && !isLoopback) {
    throw new WechatConfigError(
      `${factory}: "${option}" must be https, since it carries secrets; http is for loopback`,
    )
  }
  if (isSimulated && !isLoopback) {
    throw new WechatConfigError(
      `${factory}: "${option}" must be the simulator's loopback address, since "appId" is a simulated one (wxsim…)`,
      'simulator_mismatch',
    )
  }
  return url.href.replace(/\/+$/, '')
}

export function isLoopbackHost(hostname: string): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || /^127\.\d+\.\d+\.\d+$/.test(hostname)
}
