import { isDeadTokenError, WechatApiError } from '../../../errors/errors.js'
import { describeFailure, type Examination } from '../examination.js'
import { fault, type Outcome, skipped } from '../outcome.js'
import type { WechatCalls } from '../wechat-calls.js'
import { isAbout } from './errcodes.js'

/** Runs a check that calls WeChat with a token; skips it without one. A refusal becomes a fault with WeChat's words. */
export async function withToken(
  examination: Examination,
  ask: (accessToken: string, wechat: WechatCalls) => Promise<Outcome>,
): Promise<Outcome> {
  const { texts, wechat } = examination
  const token = await examination.token()
  if (token.kind === 'none' || !wechat) return skipped(texts.noCredentials)
  if (token.kind !== 'token') return skipped(texts.refusedBefore)
  try {
    // If WeChat refuses an ordinary call for a reason that concerns every call, the calls of this check are not made.
    const refusal = await examination.ordinaryRefusal()
    if (refusal && isOfEveryCall(refusal)) return skipped(texts.ordinaryCall.refusedBefore)
    return await ask(token.accessToken, wechat)
  } catch (error) {
    if (error instanceof WechatApiError) return refusalFault(examination, error)
    return fault(texts.token.failed(describeFailure(error)))
  }
}

/** Returns a fault that tells of WeChat's refusal, with this server's IP address if the errmsg names it. */
export function refusalFault({ texts }: Examination, { endpoint, errcode, errmsg }: WechatApiError): Outcome {
  const address = /invalid ip ([\da-f.:]+)/i.exec(errmsg)?.[1]
  return { ...fault(texts.refusal({ endpoint, errcode, errmsg, address })), errcode, address }
}

/** Whether a refusal concerns the server or the token, and so every call, and not only the API that was called. */
export function isOfEveryCall(error: WechatApiError): boolean {
  return isAbout('ip-whitelist', error.errcode) || isDeadTokenError(error)
}
