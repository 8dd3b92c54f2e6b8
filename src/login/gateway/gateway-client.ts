import { z } from 'zod'
import { unavailableError } from '../../errors/create-error.js'
import type { WechatUnavailableError } from '../../errors/errors.js'
import { createSingleFlight } from '../../util/single-flight.js'
import { fetchText } from '../../wechat-api/network/fetch-text.js'
import type { OutgoingNetwork } from '../../wechat-api/network/outgoing-network.js'
import { openidField } from '../../wechat-api/schemas.js'

/** A login as a gateway tells it. */
export interface GatewayLogin {
  openid: string
  unionid?: string | undefined
  /** What WeChat granted. */
  scope: string
  isSnapshotUser: boolean
  /** Milliseconds since 1970; undefined if the gateway is of an older version. */
  loggedInAt?: number | undefined
}

export interface GatewayClient {
  /**
   * The login to which a session cookie belongs; undefined if nobody is logged in with it.
   * @throws {WechatUnavailableError} if the gateway does not say
   */
  askLogin(cookie: string): Promise<GatewayLogin | undefined>
}

const loginSchema = z.object({
  openid: openidField,
  unionid: openidField.optional(),
  scope: z.string().max(256),
  isSnapshotUser: z.boolean(),
  loggedInAt: z.iso.datetime().transform(text => Date.parse(text)),
})

/** The answer of `/auth/user/openid`, which each gateway gives. */
const openidSchema = z
  .object({ openid: openidField })
  .transform(({ openid }): GatewayLogin => ({ openid, scope: 'snsapi_base', isSnapshotUser: false }))

const MAX_ANSWER_BYTES = 4_096
/** A gateway of an older version is asked again whether it has `/auth/login` after this time. */
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

  function fetchAnswer(path: string, cookie: string): Promise<GatewayAnswer> {
    const request = {
      url: new URL(gatewayUrl + path),
      headers: { cookie },
      timeoutMs,
      maxBytes: MAX_ANSWER_BYTES,
    }
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

function gatewayError(detail: string): WechatUnavailableError {
  return unavailableError('gateway_unavailable', `The gateway did not tell who is logged in: ${detail}`)
}
