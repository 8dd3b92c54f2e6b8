import { z } from 'zod'
import { unavailableError } from '../../errors/create-error.js'
import { createDeadlineSignal } from '../../util/deadline.js'
import { raceAbort } from '../../util/race-abort.js'
import type { OutgoingNetwork } from '../../wechat-api/network/outgoing-network.js'
import { credentialField, secondsField } from '../../wechat-api/schemas.js'
import { createGatewayTokenSource } from './token-source-gateway.js'
import type { ParsedTokenSource, TokenSourceFunction } from './token-source-options.js'
import type { TokenSource } from './token-source-types.js'

const TIMEOUT_MS = 5_000
const DEFAULT_TICKET_SECONDS = 7_200

const answerSchema = z.object({
  accessToken: credentialField,
  expiresInSeconds: secondsField,
  jsapiTicket: credentialField.optional(),
  ticketExpiresInSeconds: secondsField.default(DEFAULT_TICKET_SECONDS),
})

/** Makes the token source from a function or a gateway. A gateway is called through this network. */
export function createTokenSource(source: ParsedTokenSource, network: OutgoingNetwork): TokenSource {
  return typeof source === 'function'
    ? createFunctionTokenSource(source)
    : createGatewayTokenSource(source, network)
}

function createFunctionTokenSource(source: TokenSourceFunction): TokenSource {
  let refused: string | undefined

  async function ask(signal: AbortSignal): Promise<z.output<typeof answerSchema>> {
    const answer = await callWithinLimit(source, refused, signal)
    if (!answer.success) {
      // The error names the field only, because its value may be a token.
      const field = answer.error.issues[0]?.path.join('.') || 'answer'
      throw unavailableError(
        'token_source_unavailable',
        `The answer of tokenSource has no acceptable "${field}"`,
      )
    }
    if (answer.data.accessToken !== refused) refused = undefined
    return answer.data
  }

  return {
    verifiesTickets: false,
    async fetchAccessToken(signal) {
      const { accessToken, expiresInSeconds } = await ask(signal)
      return { value: accessToken, expiresInSeconds }
    },
    async fetchJsapiTicket(signal) {
      const { jsapiTicket, ticketExpiresInSeconds } = await ask(signal)
      return jsapiTicket === undefined
        ? undefined
        : { value: jsapiTicket, expiresInSeconds: ticketExpiresInSeconds }
    },
    async reportDead(credential, value) {
      // Only an access token is remembered, since the next call to the source has to name the token that WeChat
      // refused.
      if (credential === 'access_token') refused = value
    },
  }
}

/**
 * Calls the app's function, which has five seconds to answer. An error that the function or a property of its answer
 * throws is replaced, because it can hold tokens and keys.
 */
async function callWithinLimit(
  source: TokenSourceFunction,
  refused: string | undefined,
  signal: AbortSignal,
): Promise<z.ZodSafeParseResult<z.output<typeof answerSchema>>> {
  const limit = createDeadlineSignal(TIMEOUT_MS)
  const ended = AbortSignal.any([signal, limit])
  try {
    const request = { ...(refused !== undefined && { refused }), signal: ended }
    const answer = await raceAbort(
      Promise.resolve().then(() => source(request)),
      ended,
    )
    return answerSchema.safeParse(answer)
  } catch {
    throw unavailableError(
      'token_source_unavailable',
      limit.aborted ? 'tokenSource did not answer within 5 seconds' : 'tokenSource failed',
    )
  }
}
