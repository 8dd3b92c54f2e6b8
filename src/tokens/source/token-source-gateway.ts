import { z } from 'zod'
import { unavailableError } from '../../errors/create-error.js'
import { WechatError, type WechatUnavailableError } from '../../errors/errors.js'
import { createSingleFlight } from '../../util/single-flight.js'
import type { Credential } from '../../wechat-api/credentials.js'
import { fetchText } from '../../wechat-api/network/fetch-text.js'
import type { OutgoingNetwork } from '../../wechat-api/network/outgoing-network.js'
import { credentialField, secondsField } from '../../wechat-api/schemas.js'
import type { ParsedTokenSourceGateway } from './token-source-options.js'
import type { TokenSource } from './token-source-types.js'

const tokenSchema = z
  .object({ access_token: credentialField, expires_in: secondsField })
  .transform(answer => ({ value: answer.access_token, expiresInSeconds: answer.expires_in }))
const ticketSchema = z
  .object({ jsapi_ticket: credentialField, expires_in: secondsField })
  .transform(answer => ({ value: answer.jsapi_ticket, expiresInSeconds: answer.expires_in }))

const TIMEOUT_MS = 5_000
const MAX_ANSWER_BYTES = 16_384

/**
 * Makes the source that fetches token and ticket from a gateway of this package (`GET {url}/token`), and reports to it
 * those that WeChat refused. The calls go through the same proxy as calls to WeChat.
 */
export function createGatewayTokenSource(
  { url, serviceKey }: ParsedTokenSourceGateway,
  network: OutgoingNetwork,
): TokenSource {
  const { host } = new URL(url)
  const reports = createSingleFlight<string, void>()

  async function ask(
    path: string,
    schema: z.ZodType<Credential>,
    { signal, report }: { signal?: AbortSignal; report?: { token: string } },
  ): Promise<Credential> {
    const request = {
      url: new URL(`${url}/token${path}`),
      headers: { authorization: `Bearer ${serviceKey.reveal()}` },
      json: report,
      // Each call gets its own connection: calls are so far apart that the gateway would close a kept one between them,
      // perhaps just when the next call is sent.
      connection: 'single' as const,
      timeoutMs: TIMEOUT_MS,
      maxBytes: MAX_ANSWER_BYTES,
      ...(signal && { signal }),
    }
    const { status, text } = await fetchText(network, request).catch((error: Error) => {
      throw sourceError(`Cannot reach the token source ${host}: ${error.message}`)
    })
    const answer = status === 200 ? schema.safeParse(parseJson(text)) : undefined
    if (answer?.success) return answer.data
    if (status === 401) throw sourceError(`The token source ${host} does not accept the service key`)
    throw sourceError(
      `The token source ${host} answered with HTTP status ${status}, and not with a credential`,
    )
  }

  return {
    // A gateway checks its ticket with WeChat every ten minutes, and answers with a TTL of at most ten minutes.
    verifiesTickets: true,
    fetchAccessToken: signal => ask('', tokenSchema, { signal }),
    fetchJsapiTicket: signal => ask('?type=jsapi_ticket', ticketSchema, { signal }),
    reportDead: (_credential, token) =>
      reports.run(token, async () => {
        // A failed report is ignored: the fetch that follows it fails too, and an event reports that.
        await ask('/invalidate', tokenSchema, { report: { token } }).catch(ignoreSourceError)
      }),
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function sourceError(detail: string): WechatUnavailableError {
  return unavailableError('token_source_unavailable', detail)
}

function ignoreSourceError(error: unknown): void {
  if (!(error instanceof WechatError)) throw error
}
