import { createHash } from 'node:crypto'
import type { Request } from 'express'
import { z } from 'zod'
import { configError, requestError } from '../../errors/create-error.js'
import { WechatUnavailableError } from '../../errors/errors.js'
import { readCookies } from '../../http/cookies.js'
import { getSessionValues, readSessionValue, renewSession } from '../../http/session.js'
import { parseProxyOption } from '../../wechat-api/account.js'
import { createOutgoingNetwork } from '../../wechat-api/network/outgoing-network.js'
import type { UserInfo } from '../../wechat-api/oauth.js'
import { openidField } from '../../wechat-api/schemas.js'
import { createGatewayClient, type GatewayLogin } from './gateway-client.js'
import type { ParsedGatewayOptions } from './gateway-options.js'

/** The gateway's answer, as this app's session keeps it. */
export interface GatewayVisitor extends GatewayLogin {
  /** The address of the gateway. */
  gateway: string
  /** A hash of the gateway's session cookie to which the answer belongs. */
  cookieHash: string
  /** When the gateway answered, in milliseconds since 1970. */
  learnedAt: number
}

export interface GatewayVisitors {
  /**
   * The person to whom the browser's session at the gateway belongs; undefined if nobody is logged in there.
   * @throws {WechatUnavailableError} if the gateway does not answer, and its last answer is over ten minutes old
   */
  read(req: Request): Promise<GatewayVisitor | undefined>
  /**
   * The profile of the person whom {@link read} returns.
   * @throws {WechatError} the error that the gateway's `/auth/user` reports
   */
  readUserInfo(req: Request): Promise<UserInfo>
}

const visitorSchema = z.object({
  gateway: z.string(),
  cookieHash: z.string(),
  openid: openidField,
  unionid: openidField.optional(),
  scope: z.string().default('snsapi_base'),
  isSnapshotUser: z.boolean().default(false),
  loggedInAt: z.number().optional(),
  learnedAt: z.number(),
})

/** An answer is used for this long without asking again, so a logout at the gateway is noticed within 30 seconds. */
const FRESH_MS = 30_000
/** While the gateway does not answer, its last answer counts for this long. */
const STALE_MS = 10 * 60_000
/** For this long after a request that the gateway did not answer, visitors get their last answer without another one. */
const COOLDOWN_MS = 5_000
/** A cookie value by RFC 6265, without quotes, commas and spaces. A gateway cookie with another value is ignored. */
const COOKIE_VALUE = /^[\x21\x23-\x2b\x2d-\x3a\x3c-\x5b\x5d-\x7e]{1,4096}$/

/**
 * Asks the gateway with its session cookie (with or without `__Host-`) and no other cookie. The answer is cached in
 * this app's session for 30 seconds, or until the cookie changes, as it does at a login and a logout. During an outage
 * of the gateway the answer counts for ten minutes. If the person changes, the session's other values are dropped.
 */
export function createGatewayVisitors(
  { url, cookieName, timeoutMs, proxyUrl }: ParsedGatewayOptions,
  sessionKey: string,
): GatewayVisitors {
  const network = createOutgoingNetwork({
    proxy: parseProxyOption('requireWechatLogin', proxyUrl, process.env, 'gateway.proxyUrl'),
    environment: process.env,
    family: undefined,
    privateOrigins: [],
    connectTimeoutMs: timeoutMs,
  })
  const client = createGatewayClient(url, timeoutMs, network)
  let coolsDownUntil = 0
  const names = cookieName.startsWith('__') ? [cookieName] : [`__Host-${cookieName}`, cookieName]

  function isYounger(visitor: GatewayVisitor, cookieHash: string, limitMs: number): boolean {
    const ageMs = Date.now() - visitor.learnedAt
    return visitor.gateway === url && visitor.cookieHash === cookieHash && ageMs >= 0 && ageMs < limitMs
  }

  /** Returns the browser's gateway cookies as a Cookie header. If both names come, the gateway knows which is its own. */
  function readGatewayCookie(req: Request): string {
    const cookies = readCookies(req)
    return names
      .map(name => ({ name, value: cookies.get(name) ?? '' }))
      .filter(({ value }) => COOKIE_VALUE.test(value))
      .map(({ name, value }) => `${name}=${value}`)
      .join('; ')
  }

  async function ask(cookie: string): Promise<GatewayLogin | undefined> {
    return cookie === '' ? undefined : client.askLogin(cookie)
  }

  /** The gateway's answer; if the gateway does not answer, the remembered one. */
  async function askOrRemember(
    cookie: string,
    remembered: GatewayVisitor | undefined,
  ): Promise<GatewayLogin | undefined> {
    if (!remembered) return ask(cookie)
    if (Date.now() < coolsDownUntil) return remembered
    return ask(cookie).catch((error: unknown) => {
      if (!(error instanceof WechatUnavailableError)) throw error
      // Only a failure for a known cookie starts the cooldown. A client with made-up cookies could otherwise keep it
      // going, and logouts of other visitors would be noticed late.
      coolsDownUntil = Date.now() + COOLDOWN_MS
      return remembered
    })
  }

  /** Keeps the answer in the session. If the person has changed, the session's other values are dropped. */
  async function keep(
    req: Request,
    known: GatewayVisitor | undefined,
    visitor: GatewayVisitor,
  ): Promise<void> {
    const isSamePerson = known?.gateway === url && known.openid === visitor.openid
    if (isSamePerson) getSessionValues(req)[sessionKey] = visitor
    else await renewSession(req, { [sessionKey]: visitor })
  }

  return {
    async read(req) {
      const known = visitorSchema.safeParse(readSessionValue(req, sessionKey)).data
      assertCookiesDiffer(req, names)
      const cookie = readGatewayCookie(req)
      const cookieHash = createHash('sha256').update(cookie).digest('base64url')
      if (known && isYounger(known, cookieHash, FRESH_MS)) return known

      const remembered = known && isYounger(known, cookieHash, STALE_MS) ? known : undefined
      const login = await askOrRemember(cookie, remembered)
      if (login === undefined) {
        if (known) await renewSession(req, {})
        return undefined
      }
      if (login === remembered) return remembered
      const visitor = { ...login, gateway: url, cookieHash, learnedAt: Date.now() }
      await keep(req, known, visitor)
      return visitor
    },
    async readUserInfo(req) {
      const cookie = readGatewayCookie(req)
      if (cookie === '') throw requestError('not_logged_in')
      return client.askUserInfo(cookie)
    },
  }
}

/**
 * Throws if this app's session cookie has the name of the gateway's. Each app would replace the other's cookie, so that
 * the person would be logged in at neither.
 */
function assertCookiesDiffer(req: Request, names: readonly string[]): void {
  const cookies = readCookies(req)
  const own = names.find(name => cookies.get(name)?.replace(/^s%3A/i, 's:').startsWith(`s:${req.sessionID}.`))
  if (own === undefined) return
  throw configError(
    'session_cookie_name_taken',
    `This app's session cookie has the name of the gateway's, "${own}"`,
  )
}
