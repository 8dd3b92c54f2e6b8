import { z } from 'zod'
import { WechatUnavailableError } from '../../errors/errors.js'
import { openidField } from '../../wechat-api/schemas.js'

export interface GatewayClient {
  /**
   * Whose cookie this is; undefined for nobody's.
   * @throws {WechatUnavailableError} where the gateway does not say
   */
  askOpenid(cookie: string): Promise<string | undefined>
}

const answerSchema = z.object({ openid: openidField })

const MAX_ANSWER_BYTES = 4_096

/**
 * Asks a gateway, `GET {gateway}/auth/user/openid`, who its visitor is. With the platform's own `fetch`: its errors
 * don't hold what was sent, and that is somebody's session here.
 */
export function createGatewayClient(gatewayUrl: string, timeoutMs: number): GatewayClient {
  const underWay = new Map<string, Promise<string | undefined>>()
  const { host } = new URL(gatewayUrl)

  async function ask(cookie: string): Promise<string | undefined> {
    let status: number
    let text: string
    try {
      const response = await fetch(`${gatewayUrl}/auth/user/openid`, {
        headers: { accept: 'application/json', cookie },
        // Followed, it could carry the cookie to another host.
        redirect: 'manual',
        signal: AbortSignal.timeout(timeoutMs),
      })
      status = response.status
      text = await readText(response)
    } catch (error) {
      throw gatewayUnavailable(`cannot reach ${host}: ${reasonOf(error)}`)
    }
    const body = parseJson(text)
    if (status === 401 && body !== undefined) return undefined
    const answer = answerSchema.safeParse(body)
    if (status === 200 && answer.success) return answer.data.openid
    throw gatewayUnavailable(
      `${host} answered with HTTP status ${status}${status === 200 ? ', and not with an openid' : ''}`,
    )
  }

  return {
    askOpenid(cookie) {
      // A page's first requests come together, and ask the same.
      const asked = underWay.get(cookie) ?? ask(cookie).finally(() => underWay.delete(cookie))
      underWay.set(cookie, asked)
      return asked
    },
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

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** The code of the network alone: the messages of errors can hold more than a log may. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown'
  if (error.name === 'TimeoutError') return 'no answer in time'
  if (error instanceof RangeError) return 'its answer is too long'
  const failure: unknown = error.cause
  const code = failure instanceof Error && 'code' in failure ? failure.code : undefined
  return typeof code === 'string' && /^[A-Z_0-9]{2,60}$/.test(code) ? code : 'the connection failed'
}

function gatewayUnavailable(detail: string): WechatUnavailableError {
  return new WechatUnavailableError(
    `the gateway did not tell who is logged in: ${detail}`,
    'gateway_unavailable',
  )
}
