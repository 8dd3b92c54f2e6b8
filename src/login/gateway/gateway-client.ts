import { z } from 'zod'
import { requestError, unavailableError } from '../../errors/create-error.js'
import { type WechatError, type WechatUnavailableError, WechatUpstreamError } from '../../errors/errors.js'
import { createSingleFlight } from '../../util/single-flight.js'
import { fetchText } from '../../wechat-api/network/fetch-text.js'
import type { OutgoingNetwork } from '../../wechat-api/network/outgoing-network.js'
import type { UserInfo } from '../../wechat-api/oauth.js'
import { openidField } from '../../wechat-api/schemas.js'

/** A login, as a gateway's answer describes it. */
export interface GatewayLogin {
  openid: string
  unionid?: string | undefined
  /** The scope that WeChat granted. */
  scope: string
  isSnapshotUser: boolean
  /** When the person logged in, in milliseconds since 1970; undefined if the gateway is of an older version. */
  loggedInAt?: number | undefined
}

export interface GatewayClient {
  /**
   * The login to which a session cookie belongs; undefined if nobody is logged in with it.
   * @throws {WechatUnavailableError} if the gateway gives no usable answer
   */
  askLogin(cookie: string): Promise<GatewayLogin | undefined>
  /**
   * The profile of the person to whom a session cookie belongs.
   * @throws {WechatError} the error that the gateway's answer reports
   */
  askUserInfo(cookie: string): Promise<UserInfo>
}

const loginSchema = z.object({
  openid: openidField,
  unionid: openidField.optional(),
  scope: z.string().max(256),
  isSnapshotUser: z.boolean(),
  loggedInAt: z.iso.datetime().transform(text => Date.parse(text)),
})

/** The answer of `/auth/user/openid`, which gateways of all versions have. */
const openidSchema = z
  .object({ openid: openidField })
  .transform(({ openid }): GatewayLogin => ({ openid, scope: 'snsapi_base', isSnapshotUser: false }))

const userInfoSchema = z.looseObject({
  openid: openidField,
  nickname: z.string().optional(),
  unionid: z.string().optional(),
})

const USER_INFO_PATH = '/auth/user'
const MAX_ANSWER_BYTES = 4_096
const MAX_USER_INFO_BYTES = 16_384
/** For a profile, the gateway itself asks WeChat and gives it ten seconds by default, so this limit is longer. */
const USER_INFO_TIMEOUT_MS = 15_000
/** After this time, a gateway of an older version is asked for `/auth/login` again. */
const OLDER_VERSION_MS = 600_000

/**
 * Asks a gateway, `GET {gateway}/auth/login`, who its visitor is; a gateway without that address is asked by
 * `/auth/user/openid`.
 */
export function createGatewayClient(
  gatewayUrl: string,
  timeoutMs: number,
  network: OutgoingNetwork,
): GatewayClient {
  const questions = createSingleFlight<string, GatewayLogin | undefined>()
  const profiles = createSingleFlight<string, UserInfo>()
  const { host } = new URL(gatewayUrl)
  let isOlderUntil = 0

  async function ask(cookie: string): Promise<GatewayLogin | undefined> {
    if (Date.now() >= isOlderUntil) {
      const answer = await fetchAnswer('/auth/login', cookie)
      if (answer.status !== 404) return readLogin(answer, loginSchema)
      isOlderUntil = Date.now() + OLDER_VERSION_MS
    }
    return readLogin(await fetchAnswer('/auth/user/openid', cookie), openidSchema)
  }

  async function fetchUserInfo(cookie: string): Promise<UserInfo> {
    const { status, text } = await fetchAnswer(USER_INFO_PATH, cookie, {
      timeoutMs: Math.max(timeoutMs, USER_INFO_TIMEOUT_MS),
      maxBytes: MAX_USER_INFO_BYTES,
    })
    const answer = userInfoSchema.safeParse(parseJson(text))
    if (status === 200 && answer.success) return answer.data as UserInfo
    throw userInfoError(host, status)
  }

  function fetchAnswer(
    path: string,
    cookie: string,
    limits = { timeoutMs, maxBytes: MAX_ANSWER_BYTES },
  ): Promise<GatewayAnswer> {
    const request = { url: new URL(gatewayUrl + path), headers: { cookie }, ...limits }
    return fetchText(network, request).catch((error: Error) => {
      throw gatewayError(`cannot reach ${host}: ${error.message}`)
    })
  }

  function readLogin(
    { status, text }: GatewayAnswer,
    schema: z.ZodType<GatewayLogin>,
  ): GatewayLogin | undefined {
    const body = parseJson(text)
    if (status === 401 && body !== undefined) return undefined
    const answer = schema.safeParse(body)
    if (status === 200 && answer.success) return answer.data
    const flaw = status === 200 ? ', and not with a login' : ''
    throw gatewayError(`${host} answered with HTTP status ${status}${flaw}`)
  }

  return {
    // The first requests of a page come together and ask the same, so they share one question.
    askLogin: cookie => questions.run(cookie, () => ask(cookie)),
    askUserInfo: cookie => profiles.run(cookie, () => fetchUserInfo(cookie)),
  }
}

interface GatewayAnswer {
  status: number
  text: string
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** Returns the error for a status of the gateway: for 401, 403, 502 and 504 the one of an app without a gateway. */
function userInfoError(host: string, status: number): WechatError {
  if (status === 401) return requestError('not_logged_in')
  if (status === 403) return requestError('scope_not_granted')
  const detail = `the gateway ${host} answered with HTTP status ${status}`
  if (status === 504) return new WechatUpstreamError('wechat_timeout', '/sns/userinfo', detail)
  if (status === 502) return new WechatUpstreamError('wechat_protocol', '/sns/userinfo', detail)
  return gatewayError(`${host} answered with HTTP status ${status}`)
}

function gatewayError(detail: string): WechatUnavailableError {
  return unavailableError('gateway_unavailable', `The gateway did not tell who is logged in: ${detail}`)
}
