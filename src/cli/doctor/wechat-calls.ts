import type { z } from 'zod'
import type { WechatAccount } from '../../wechat-api/account.js'
import { assertRealWechat, unreachableError } from '../../wechat-api/client.js'
import { atReachableHost } from '../../wechat-api/network/api-hosts.js'
import type { WechatNetwork } from '../../wechat-api/network/wechat-network.js'
import { parseAnswer, protocolError } from '../../wechat-api/response.js'
import { createSender } from '../../wechat-api/transport/create-sender.js'
import type { RawAnswer } from '../../wechat-api/transport/send-request.js'
import { wasNeverSent } from '../../wechat-api/transport/transport-error.js'

export interface DoctorCall<Schema extends z.ZodType> {
  endpoint: string
  query?: Record<string, string>
  /** The body, sent as JSON by POST. @default none; the call is a GET */
  json?: unknown
  secrets: readonly string[]
  answer: Schema
}

/** The doctor's calls to WeChat's API. To count them rightly, it repeats no call that WeChat may have got. */
export interface WechatCalls {
  /** How many calls WeChat may have got. */
  readonly count: number
  /** By how many milliseconds this machine's clock is ahead of WeChat's; undefined before the first answer. */
  readonly clockAheadMs: number | undefined
  /**
   * Calls WeChat's API.
   * @throws {WechatApiError} if WeChat refuses the call.
   * @throws {WechatUpstreamError} if WeChat can't be reached, or its answer is malformed.
   * @throws {WechatConfigError} if a simulator answers a real account.
   */
  call<Schema extends z.ZodType>(call: DoctorCall<Schema>): Promise<z.output<Schema>>
}

const MAX_ANSWER_BYTES = 65_536
/** WeChat's Date header has whole seconds, so on average it is half a second old. */
const HALF_SECOND_MS = 500

export function createWechatCalls(
  account: WechatAccount,
  network: WechatNetwork,
  now: () => number,
): WechatCalls {
  const sendOnce = createSender(network, account.timeoutMs / 2)
  let count = 0
  let clockAheadMs: number | undefined

  async function send({ endpoint, query, json }: DoctorCall<z.ZodType>, baseUrl: string): Promise<RawAnswer> {
    const startedAt = now()
    const answer = await sendOnce({
      connection: 'kept',
      url: `${baseUrl}${endpoint}${query ? `?${new URLSearchParams(query)}` : ''}`,
      method: json === undefined ? 'GET' : 'POST',
      ...(json !== undefined && { json }),
      requestTimeoutMs: account.timeoutMs,
      maxAnswerBytes: MAX_ANSWER_BYTES,
    })
    const wechatMs = Date.parse(answer.headers.date ?? '')
    const middleMs = (startedAt + now()) / 2
    if (!Number.isNaN(wechatMs)) clockAheadMs ??= Math.round(middleMs - wechatMs - HALF_SECOND_MS)
    return answer
  }

  return {
    get count() {
      return count
    },
    get clockAheadMs() {
      return clockAheadMs
    },
    async call(call) {
      const { endpoint, answer: schema, secrets } = call
      let host = ''
      const attempt = (baseUrl: string) => {
        host = new URL(baseUrl).host
        return send(call, baseUrl)
      }
      const raw = await atReachableHost(network.hosts, attempt, wasNeverSent).catch(error => {
        if (!wasNeverSent(error)) count += 1
        throw unreachableError(endpoint, host, error)
      })
      count += 1
      assertRealWechat(account, raw.headers)
      if (raw.statusCode !== 200) throw protocolError(endpoint, `HTTP status ${raw.statusCode}`)
      return parseAnswer(endpoint, schema, raw.body, secrets)
    },
  }
}
