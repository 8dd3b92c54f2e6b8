import { z } from 'zod'
import { unavailableError } from '../../errors/create-error.js'
import type { WechatUnavailableError } from '../../errors/errors.js'
import { createSingleFlight } from '../../util/single-flight.js'
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

/**
 * Asks a gateway, `GET {gateway}/auth/user/openid`, who its visitor is. It uses Node.js's `fetch`, whose errors do
 * not contain what was sent: the session cookie of a person.
 */
export function createGatewayClient(gatewayUrl: string, timeoutMs: number): GatewayClient {
  const questions = createSingleFlight<string, string | undefined>()
  const { host } = new URL(gatewayUrl)

  async function ask(cookie: string): Promise<string | undefined> {
    const { status, text } = await fetchText(`${gatewayUrl}/auth/user/openid`, cookie, timeoutMs).catch(
      error => {
        throw gatewayError(`cannot reach ${host}: ${describeFailure(error)}`)
      },
    )
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

async function fetchText(
  url: string,
  cookie: string,
  timeoutMs: number,
): Promise<{ status: number; text: string }> {
  const response = await fetch(url, {
    headers: { accept: 'application/json', cookie },
    // A redirect that is followed could carry the cookie to another host.
    redirect: 'manual',
    signal: AbortSignal.timeout(timeoutMs),
  })
  return { status: response.status, text: await readText(response) }
}

async function readText(response: Response): Promise<string> {
  const chunks: Uint8Array[] = []
  let bytes = 0
  for await (const chunk of response.body ?? []) {
    bytes += chunk.length
    if (bytes > MAX_ANSWER_BYTES) throw new RangeError('the answer is too long')
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('utf8')
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** Only the code of a network error is named: the messages of errors can hold more than a log may. */
function describeFailure(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown'
  if (error.name === 'TimeoutError') return 'no answer in time'
  if (error instanceof RangeError) return 'its answer is too long'
  const failure: unknown = error.cause
  const code = failure instanceof Error && 'code' in failure ? failure.code : undefined
  return typeof code === 'string' && /^[A-Z_0-9]{2,60}$/.test(code) ? code : 'the connection failed'
}

function gatewayError(detail: string): WechatUnavailableError {
  return unavailableError('gateway_unavailable', `The gateway did not tell who is logged in: ${detail}`)
}
