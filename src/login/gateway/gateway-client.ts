import { z } from 'zod'
import { unavailableError } from '../../errors/create-error.js'
import type { WechatUnavailableError } from '../../errors/errors.js'
import { createSingleFlight } from '../../util/single-flight.js'
import { getText } from '../../wechat-api/network/get-text.js'
import type { OutgoingNetwork } from '../../wechat-api/network/outgoing-network.js'
import { openidField } from '../../wechat-api/schemas.js'

export interface GatewayClient {
  /**
   * The person to whom a session cookie belongs; undefined if nobody is logged in with it.
   * @throws {WechatUnavailableError} if the gateway does not say
   */
  askOpenid(cookie: string): Promise<string | undefined>
}

const answerSchema = z.object({ openid: openidField })

const MAX_ANSWER_BYTES = 4_096

/** Asks a gateway, `GET {gateway}/auth/user/openid`, who its visitor is. */
export function createGatewayClient(
  gatewayUrl: string,
  timeoutMs: number,
  network: OutgoingNetwork,
): GatewayClient {
  const questions = createSingleFlight<string, string | undefined>()
  const url = new URL(`${gatewayUrl}/auth/user/openid`)
  const { host } = url

  async function ask(cookie: string): Promise<string | undefined> {
    const request = { url, headers: { cookie }, timeoutMs, maxBytes: MAX_ANSWER_BYTES }
    const { status, text } = await getText(network, request).catch((error: Error) => {
      throw gatewayError(`cannot reach ${host}: ${error.message}`)
    })
    const body = parseJson(text)
    if (status === 401 && body !== undefined) return undefined
    const answer = answerSchema.safeParse(body)
    if (status === 200 && answer.success) return answer.data.openid
    const flaw = status === 200 ? ', and not with an openid' : ''
    throw gatewayError(`${host} answered with HTTP status ${status}${flaw}`)
  }

  return {
    // The first requests of a page come together and ask the same, so they share one question.
    askOpenid: cookie => questions.run(cookie, () => ask(cookie)),
  }
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
