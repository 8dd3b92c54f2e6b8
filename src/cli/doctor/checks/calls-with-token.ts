import { isDeadTokenError, WechatApiError } from '../../../errors/errors.js'
import { describeFailure, type Examination } from '../examination.js'
import { fault, type Outcome, skipped } from '../outcome.js'
import type { WechatCalls } from '../wechat-calls.js'
import { isAbout } from './errcodes.js'

/** Makes the calls of a check that needs a token. A refusal is a fault, in WeChat's words. */
export async function withToken(
  examination: Examination,
  ask: (accessToken: string, wechat: WechatCalls) => Promise<Outcome>,
): Promise<Outcome> {
  const { texts, wechat } = examination
  const token = await examination.token()
  if (token.kind === 'none' || !wechat) return skipped(texts.noCredentials)
  if (token.kind !== 'token') return skipped(texts.refusedBefore)
  try {
    // Every other call would be refused for the same reason.
    const refusal = await examination.ordinaryRefusal()
    if (refusal && isOfEveryCall(refusal)) return skipped(texts.ordinaryCall.refusedBefore)
    return await ask(token.accessToken, wechat)
  } catch (error) {
    if (error instanceof WechatApiError) return refusalFault(examination, error)
    return fault(texts.token.failed(describeFailure(error)))
  }
}

/** What WeChat refused, with the address of this server if WeChat names it. */
export function refusalFault({ texts }: Examination, { endpoint, errcode, errmsg }: WechatApiError): Outcome {
  const address = /invalid ip ([\da-f.:]+)/i.exec(errmsg)?.[1]
  return { ...fault(texts.refusal({ endpoint, errcode, errmsg, address })), errcode, address }
}

/** Whether a refusal concerns the server or the token, and so every call, and not only the API that was called. */
export function isOfEveryCall(error: WechatApiError): boolean {
  return isAbout('ip-whitelist', error.errcode) || isDeadTokenError(error)
}
