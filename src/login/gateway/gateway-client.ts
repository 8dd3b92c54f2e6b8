import { z } from 'zod'
import { unavailableError } from '../../errors/create-error.js'
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
  const inFlight = new Map<string, Promise<string | undefined>>()

  async function ask(cookie: string): Promise<string | undefined> {
    const { status, body } = await fetchJson(`${gatewayUrl}/auth/user/openid`, cookie, timeoutMs)
    if (status === 401) return undefined
    const answer = answerSchema.safeParse(body)
    if (status === 200 && answer.success) return answer.data.openid
    throw unavailableError('gateway_unavailable', `The gateway answered with HTTP status ${status}`)
  }

  return {
    askOpenid(cookie) {
      // The first requests of a page come together and ask the same, so they share one question.
      const known = inFlight.get(cookie)
      if (known) return known
      const asking = ask(cookie).finally(() => inFlight.delete(cookie))
      inFlight.set(cookie, asking)
      return asking
    },
  }
}

async function fetchJson(
  url: string,
  cookie: string,
  timeoutMs: number,
): Promise<{ status: number; body: unknown }> {
  try {
    const response = await fetch(url, {
      headers: { accept: 'application/json', cookie },
      // A redirect that is followed could carry the cookie to another host.
      redirect: 'manual',
      signal: AbortSignal.timeout(timeoutMs),
    })
    return { status: response.status, body: JSON.parse(await readText(response)) }
  } catch {
    throw unavailableError('gateway_unavailable', 'The gateway did not answer properly, or not in time')
  }
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
