import { createHash } from 'node:crypto'
import type { Request } from 'express'
import { z } from 'zod'
import { WechatConfigError, WechatError } from '../../errors/errors.js'
import { isLoopbackHost } from '../../wechat-api/account.js'
import { openidField } from '../../wechat-api/schemas.js'
import { readCookies } from '../login-cookies.js'
import { renewSession, sessionValues } from '../login-session.js'
import { createGatewayClient } from './gateway-client.js'

export interface GatewayOptions {
  /** Where the gateway's router is reached, such as `https://m.example.com/wechat`; http is for loopback. */
  url: string
  /** The gateway's session cookie (its SESSION_NAME); this app's own must have another name. @default 'wechat.sid' */
  cookieName?: string | undefined
  /** Milliseconds for one question to the gateway. @default 3,000 */
  timeoutMs?: number | undefined
}

/** Who a visitor is, by the session that the browser has at the gateway. */
export interface GatewayLogin {
  /** Where a login begins. */
  readonly loginUrl: string
  /** On this machine, as in development. */
  readonly isLoopback: boolean
  /** The visitor as `req.wechat` shows them: a gateway tells the openid and no more. */
  read(req: Request): Promise<GatewayVisitor | undefined>
  /**
   * Called for a visitor who is not known, with how many logins in a row they come back from.
   * @throws {WechatError} where another one would end the same way
   */
  assertCookieArrives(rounds: number): void
}

export interface GatewayVisitor {
  openid: string
  scope: string
  isSnapshotUser: boolean
  /** When the gateway was asked. */
  loggedInAt: Date
}

const urlSchema = z
  .string('must be an address such as "https://m.example.com/wechat"')
  .refine(isGatewayUrl, 'must be an address such as "https://m.example.com/wechat"; http is for loopback')
  .transform(text => text.replace(/\/+$/, ''))

const gatewaySchema = z.strictObject({
  url: urlSchema,
  cookieName: z
    .string()
    .regex(/^[!#$%&'*+.^`|~\w-]{1,64}$/, "must be a cookie's name")
    .default('wechat.sid'),
  timeoutMs: z.number().int().min(100, 'must be at least 100 (milliseconds)').max(60_000).default(3_000),
})

/** For the option `gateway`: its address alone, or with more. */
export const gatewayOptionSchema = z
  .unknown()
  .transform(value => (typeof value === 'string' ? { url: value } : value))
  .pipe(gatewaySchema)

const keptSchema = z.object({
  gateway: z.string(),
  cookieHash: z.string(),
  openid: openidField,
  learnedAt: z.number(),
})

const KEPT_MS = 10 * 60_000
/** What one browser takes for a cookie; quotes, commas and spaces are in none of express-session's. */
const COOKIE_VALUE = /^[\x21\x23-\x2b\x2d-\x3a\x3c-\x5b\x5d-\x7e]{1,4096}$/
const MAX_ROUNDS = 3

/**
 * Asks the gateway with the browser's gateway cookie, and no other, and keeps the answer in this app's own session
 * for ten minutes, or until that cookie changes. What the session held for somebody else is gone then.
 */
export function createGatewayLogin(
  options: z.output<typeof gatewaySchema>,
  sessionKey: string,
): GatewayLogin {
  const { url, cookieName, timeoutMs } = options
  const client = createGatewayClient(url, timeoutMs)

  async function read(req: Request): Promise<GatewayVisitor | undefined> {
    const session = sessionValues(req)
    const kept = keptSchema.safeParse(
      Object.hasOwn(session, sessionKey) ? session[sessionKey] : undefined,
    ).data
    const value = readCookies(req).get(cookieName) ?? ''
    assertCookiesDiffer(req, value)
    const cookieHash = createHash('sha256').update(value).digest('base64url')
    const ageMs = Date.now() - (kept?.learnedAt ?? 0)
    const isGood = kept?.gateway === url && kept.cookieHash === cookieHash && ageMs >= 0 && ageMs < KEPT_MS
    if (isGood) return toVisitor(kept)

    const openid = COOKIE_VALUE.test(value) ? await client.askOpenid(`${cookieName}=${value}`) : undefined
    if (openid === undefined) {
      if (kept) await renewSession(req, [])
      return undefined
    }
    const learned = { gateway: url, cookieHash, openid, learnedAt: Date.now() }
    // Whoever was here before left values in the session that are not this visitor's.
    if (kept?.gateway === url && kept.openid === openid) session[sessionKey] = learned
    else await renewSession(req, [[sessionKey, learned]])
    return toVisitor(learned)
  }

  /** Under one name the two apps replace each other's cookie, and nobody is ever logged in. */
  function assertCookiesDiffer(req: Request, value: string): void {
    if (decodedStart(value).startsWith(`s:${req.sessionID}.`)) {
      throw new WechatConfigError(
        `this app's session cookie has the gateway's name "${cookieName}": give it another one, session({ name: … })`,
        'session_cookie_name_taken',
      )
    }
  }

  return {
    loginUrl: `${url}/auth`,
    isLoopback: isLoopbackHost(new URL(url).hostname),
    read,
    assertCookieArrives(rounds) {
      if (rounds >= MAX_ROUNDS) throw cookieMissing(cookieName)
    },
  }
}

function cookieMissing(cookieName: string): WechatError {
  return new WechatError(
    `visitors come back from the gateway's login without its cookie "${cookieName}": it has to reach this site (one host, or the gateway's SESSION_COOKIE_DOMAIN), under this name`,
    { code: 'gateway_cookie_missing', status: 500, userMessage: '登录状态没有保存下来，请重试' },
  )
}

function toVisitor({ openid, learnedAt }: z.output<typeof keptSchema>): GatewayVisitor {
  return { openid, scope: 'snsapi_base', isSnapshotUser: false, loggedInAt: new Date(learnedAt) }
}

function decodedStart(value: string): string {
  return value.startsWith('s%3A') || value.startsWith('s%3a') ? `s:${value.slice(4)}` : value
}

function isGatewayUrl(text: string): boolean {
  const url = URL.parse(text)
  if (!url || url.username || url.password || url.search || url.hash) return false
  return url.protocol === 'https:' || (url.protocol === 'http:' && isLoopbackHost(url.hostname))
}
