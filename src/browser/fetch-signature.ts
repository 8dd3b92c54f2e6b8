import { WechatPageError } from './wechat-page-error.js'

/** The signature's fields, under the names that `wx.config` uses. */
export interface ConfigFields {
  appId: string
  timestamp: string | number
  nonceStr: string
  signature: string
}

export async function fetchSignature(
  endpoint: string,
  url: string,
  signal: AbortSignal,
): Promise<ConfigFields> {
  let status = 0
  let answer: unknown
  try {
    // Without a Content-Type header, a request to another origin needs no preflight.
    const response = await fetch(endpoint, { method: 'POST', body: JSON.stringify({ url }), signal })
    status = response.status
    answer = await response.json()
  } catch (cause) {
    if (status === 0) {
      throw new WechatPageError(
        'signing',
        `${endpoint} could not be reached`,
        'Check the address, and for another origin its CORS headers.',
        { cause },
      )
    }
  }
  const fields = readFields(answer)
  if (status === 200 && fields) return fields
  throw signingFailure(endpoint, status, answer)
}

function readFields(answer: unknown): ConfigFields | undefined {
  if (typeof answer !== 'object' || answer === null) return undefined
  const { appid, timestamp, noncestr, signature } = answer as Record<string, unknown>
  const isComplete =
    typeof appid === 'string' &&
    (typeof timestamp === 'string' || typeof timestamp === 'number') &&
    typeof noncestr === 'string' &&
    typeof signature === 'string'
  return isComplete ? { appId: appid, timestamp, nonceStr: noncestr, signature } : undefined
}

function signingFailure(endpoint: string, status: number, answer: unknown): WechatPageError {
  const { msg, loginUrl } = readProblem(answer)
  const message = `${endpoint} answered ${status}${msg ? `: ${msg}` : ''}`
  if (status === 401) {
    return new WechatPageError('login-required', message, 'Call login() and come back.', { loginUrl })
  }
  const remedy =
    status === 403
      ? 'Add the page’s origin to the allowedOrigins of the signing endpoint.'
      : status === 200
        ? 'The answer has to be JSON with appid, timestamp, noncestr and signature.'
        : status === 404
          ? 'Nothing is mounted there: set `endpoint`, or `base` where the router is mounted.'
          : 'See the log of the server that signs.'
  return new WechatPageError('signing', message, remedy)
}

export interface Problem {
  status: number | undefined
  msg: string | undefined
  loginUrl: string | undefined
}

/** Reads an error of express-wechat: `{status, msg, data}`, with a `data.loginUrl` if a login would help. */
export function readProblem(answer: unknown): Problem {
  const { status, msg, data } = (answer ?? {}) as { status?: unknown; msg?: unknown; data?: unknown }
  const { loginUrl } = (data ?? {}) as { loginUrl?: unknown }
  return {
    status: typeof status === 'number' ? status : undefined,
    msg: typeof msg === 'string' ? msg : undefined,
    loginUrl: typeof loginUrl === 'string' ? loginUrl : undefined,
  }
}
