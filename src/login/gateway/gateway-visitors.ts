import { createHash } from 'node:crypto'
import type { Request } from 'express'
import { z } from 'zod'
import { configError } from '../../errors/create-error.js'
import { readCookies } from '../../http/cookies.js'
import { getSessionValues, readSessionValue, renewSession } from '../../http/session.js'
import { parseProxyOption } from '../../wechat-api/account.js'
import { createOutgoingNetwork } from '../../wechat-api/network/outgoing-network.js'
import { openidField } from '../../wechat-api/schemas.js'
import { createGatewayClient } from './gateway-client.js'
import type { ParsedGatewayOptions } from './gateway-options.js'

/** The gateway's answer, as this app's session keeps it. */
export interface GatewayVisitor {
  /** The address of the gateway. */
  gateway: string
  /** A hash of the gateway's session cookie, of which the answer is true. */
  cookieHash: string
  openid: string
  /** When the gateway answered, in milliseconds since 1970. */
  learnedAt: number
}

export interface GatewayVisitors {
  /**
   * The person to whom the browser's session at the gateway belongs; undefined if nobody is logged in there.
   * @throws {WechatUnavailableError} if the gateway does not answer
   */
  read(req: Request): Promise<GatewayVisitor | undefined>
}

const visitorSchema = z.object({
  gateway: z.string(),
  cookieHash: z.string(),
  openid: openidField,
  learnedAt: z.number(),
})

const CACHE_MS = 10 * 60_000
/** A cookie value by RFC 6265. The session cookies of express-session contain no quotes, commas and spaces. */
const COOKIE_VALUE = /^[\x21\x23-\x2b\x2d-\x3a\x3c-\x5b\x5d-\x7e]{1,4096}$/

/**
 * Asks the gateway with the browser's gateway cookie, and with no other cookie. The answer is cached in this app's
 * session for ten minutes, or until the cookie changes. If the person changes, the session's other values are
 * dropped.
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

  function isFresh(visitor: GatewayVisitor, cookieHash: string): boolean {
    const ageMs = Date.now() - visitor.learnedAt
    return visitor.gateway === url && visitor.cookieHash === cookieHash && ageMs >= 0 && ageMs < CACHE_MS
  }

  function askOpenid(cookieValue: string): Promise<string | undefined> {
    if (!COOKIE_VALUE.test(cookieValue)) return Promise.resolve(undefined)
    return client.askOpenid(`${cookieName}=${cookieValue}`)
  }

  /** Keeps the answer. The values of another person's session are not for this one. */
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
      const cookieValue = readCookies(req).get(cookieName) ?? ''
      assertCookiesDiffer(req, cookieName, cookieValue)
      const cookieHash = createHash('sha256').update(cookieValue).digest('base64url')
      if (known && isFresh(known, cookieHash)) return known

      const openid = await askOpenid(cookieValue)
      if (openid === undefined) {
        if (known) await renewSession(req, {})
        return undefined
      }
      const visitor = { gateway: url, cookieHash, openid, learnedAt: Date.now() }
      await keep(req, known, visitor)
      return visitor
    },
  }
}

/** Under one name, the two apps would replace each other's cookie, and nobody would ever be logged in. */
function assertCookiesDiffer(req: Request, cookieName: string, value: string): void {
  const decoded = value.replace(/^s%3A/i, 's:')
  if (decoded.startsWith(`s:${req.sessionID}.`)) {
    throw configError(
      'session_cookie_name_taken',
      `This app's session cookie has the name of the gateway's, "${cookieName}"`,
    )
  }
}
