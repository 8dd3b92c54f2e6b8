import { z } from 'zod'
import { unavailableError } from '../../errors/create-error.js'
import { WechatError, type WechatUnavailableError } from '../../errors/errors.js'
import { createDeadlineSignal } from '../../util/deadline.js'
import { createSingleFlight } from '../../util/single-flight.js'
import type { Credential } from '../../wechat-api/credentials.js'
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
 * Takes the token and the ticket from a gateway of this package, `GET {url}/token`, and reports dead ones to it. It
 * uses Node.js's `fetch`, whose errors do not contain what was sent: the service key.
 */
export function createGatewayTokenSource({ url, serviceKey }: ParsedTokenSourceGateway): TokenSource {
  const { host } = new URL(url)
  const reports = createSingleFlight<string, void>()

  async function ask(
    path: string,
    schema: z.ZodType<Credential>,
    signal: AbortSignal,
    token?: string,
  ): Promise<Credential> {
    const { status, text } = await exchange(`${url}/token${path}`, serviceKey.reveal(), signal, token).catch(
      (error: unknown) => {
        throw sourceError(`Cannot reach the token source ${host}: ${describe(error)}`)
      },
    )
    const answer = status === 200 ? schema.safeParse(parseJson(text)) : undefined
    if (answer?.success) return answer.data
    if (status === 401) throw sourceError(`The token source ${host} does not accept the service key`)
    throw sourceError(
      `The token source ${host} answered with HTTP status ${status}, and not with a credential`,
    )
  }

  return {
    // Such a gateway confirms a ticket every ten minutes, and lets it be kept so long.
    verifiesTickets: true,
    fetchAccessToken: signal => ask('', tokenSchema, signal),
    fetchJsapiTicket: signal => ask('?type=jsapi_ticket', ticketSchema, signal),
    reportDead: token =>
      reports.run(token, async () => {
        // If the report fails, so does the fetch that follows it, and that failure is told by an event.
        await ask('/invalidate', tokenSchema, new AbortController().signal, token).catch(ignoreSourceError)
      }),
  }
}

async function exchange(
  address: string,
  key: string,
  signal: AbortSignal,
  token: string | undefined,
): Promise<{ status: number; text: string }> {
  const response = await fetch(address, {
    headers: {
      accept: 'application/json',
      authorization: `Bearer ${key}`,
      ...(token !== undefined && { 'content-type': 'application/json' }),
    },
    ...(token !== undefined && { method: 'POST', body: JSON.stringify({ token }) }),
    // A redirect that is followed could carry the key to another host.
    redirect: 'manual',
    signal: AbortSignal.any([signal, createDeadlineSignal(TIMEOUT_MS)]),
  })
  const chunks: Uint8Array[] = []
  let bytes = 0
  for await (const chunk of response.body ?? []) {
    bytes += chunk.length
    if (bytes > MAX_ANSWER_BYTES) throw new RangeError('the answer is too long')
    chunks.push(chunk)
  }
  return { status: response.status, text: Buffer.concat(chunks).toString('utf8') }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** Only the code of a network error is named: messages of errors can hold more than a log may. */
function describe(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown'
  if (error.name === 'TimeoutError') return 'no answer within 5 seconds'
  if (error instanceof RangeError) return 'its answer is too long'
  const failure: unknown = error.cause
  const code = failure instanceof Error && 'code' in failure ? failure.code : undefined
  return typeof code === 'string' && /^[A-Z_0-9]{2,60}$/.test(code) ? code : 'the connection failed'
}

function sourceError(detail: string): WechatUnavailableError {
  return unavailableError('token_source_unavailable', detail)
}

function ignoreSourceError(error: unknown): void {
  if (!(error instanceof WechatError)) throw error
}
