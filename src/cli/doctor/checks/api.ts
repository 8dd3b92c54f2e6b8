import { z } from 'zod'
import { isDeadTokenError, WechatApiError } from '../../../errors/errors.js'
import { TICKET_ENDPOINT, tokenEndpoint } from '../../../wechat-api/credentials.js'
import { credentialField } from '../../../wechat-api/schemas.js'
import type { Check } from '../check.js'
import { describeFailure } from '../examination.js'
import { fault, type Outcome, ok, skipped, warning } from '../outcome.js'
import type { Texts } from '../texts/en.js'
import type { WechatCalls } from '../wechat-calls.js'
import { isOfEveryCall, refusalFault, withToken } from './calls-with-token.js'
import { isAbout } from './errcodes.js'

const QUOTA_ENDPOINT = '/cgi-bin/openapi/quota/get'
const MEDIA_ENDPOINT = '/cgi-bin/media/get'
/** In legacy mode, more calls today for tokens are a warning: programs that share the token need 13, restarts add some. */
const MOST_LEGACY_CALLS = 60
const LOW_SHARE = 0.1

const quotaSchema = z.object({
  quota: z.object({ daily_limit: z.number(), used: z.number(), remain: z.number() }),
})
const ticketSchema = z.object({ ticket: credentialField })

interface Quota {
  path: string
  limit: number
  used: number
  remain: number
}

const ordinaryCall: Check = {
  id: 'ordinary-call',
  async run(examination) {
    const { texts } = examination
    const token = await examination.token()
    if (token.kind === 'none') return skipped(texts.noCredentials)
    if (token.kind !== 'token') return skipped(texts.refusedBefore)
    try {
      const refusal = await examination.ordinaryRefusal()
      if (!refusal) return ok(texts.ordinaryCall.ok)
      const outcome = refusalFault(examination, refusal)
      if (!isOfEveryCall(refusal)) return { ...outcome, state: 'warning' }
      if (token.isFromSource || isDeadTokenError(refusal)) return outcome
      return { ...outcome, text: texts.ordinaryCall.otherAddress(outcome.text) }
    } catch (error) {
      return fault(texts.token.failed(describeFailure(error)))
    }
  },
}

const tokenMode: Check = {
  id: 'token-mode',
  run(examination) {
    const { texts, tokenMode, options } = examination
    return withToken(examination, async (accessToken, wechat) => {
      const legacy = await readQuota(wechat, accessToken, tokenEndpoint('legacy'))
      const used = typeof legacy === 'number' ? 0 : legacy.used
      if (tokenMode === 'legacy') {
        if (used > MOST_LEGACY_CALLS) return warning(texts.tokenMode.legacyBusy(used))
        return ok(examination.refreshesLegacyToken ? texts.tokenMode.legacyAsked : texts.tokenMode.legacy)
      }
      if (used > 0 && !options.allowLegacySoftware) return fault(texts.tokenMode.legacyBeside(used))
      return ok(texts.tokenMode.stable)
    })
  },
}

const quota: Check = {
  id: 'quota',
  async run(examination) {
    const token = await examination.token()
    if (token.kind === 'refused' && isAbout('quota', token.error.errcode)) {
      return refusalFault(examination, token.error)
    }
    return withToken(examination, async (accessToken, wechat) => {
      const readings: (Quota | number)[] = []
      for (const path of [tokenEndpoint(examination.tokenMode), TICKET_ENDPOINT, MEDIA_ENDPOINT]) {
        readings.push(await readQuota(wechat, accessToken, path))
      }
      return judgeQuotas(readings, examination.texts.quota)
    })
  },
}

const ticket: Check = {
  id: 'ticket',
  run: examination =>
    withToken(examination, async (accessToken, wechat) => {
      // WeChat answers with the current ticket, so the ticket that the app uses stays valid.
      await wechat.call({
        endpoint: TICKET_ENDPOINT,
        query: { access_token: accessToken, type: 'jsapi' },
        secrets: [accessToken],
        answer: ticketSchema,
      })
      return ok(examination.texts.ticket.ok)
    }),
}

export const apiChecks: readonly Check[] = [ordinaryCall, tokenMode, quota, ticket]

/** Returns the quota of a path, or the errcode with which WeChat refuses to tell that quota. */
async function readQuota(wechat: WechatCalls, accessToken: string, path: string): Promise<Quota | number> {
  try {
    const answer = await wechat.call({
      endpoint: QUOTA_ENDPOINT,
      query: { access_token: accessToken },
      json: { cgi_path: path },
      secrets: [accessToken],
      answer: quotaSchema,
    })
    const { daily_limit: limit, used, remain } = answer.quota
    return { path, limit, used, remain }
  } catch (error) {
    // The errcodes 76003, 76021 and 76022 are about this path alone, so the quotas of other paths can still be read.
    if (error instanceof WechatApiError && error.errcode >= 76_000 && error.errcode < 77_000)
      return error.errcode
    throw error
  }
}

function judgeQuotas(readings: readonly (Quota | number)[], texts: Texts['quota']): Outcome {
  const known = readings.filter(reading => typeof reading !== 'number')
  if (known.length === 0) return warning(texts.unknown(Number(readings[0])))
  const describe = (quotas: readonly Quota[]) =>
    quotas.map(({ path, remain, limit }) => `${path} ${remain}/${limit}`).join(', ')
  const empty = known.filter(({ remain }) => remain <= 0)
  if (empty.length > 0) return fault(texts.empty(describe(empty)))
  const low = known.filter(({ remain, limit }) => remain < limit * LOW_SHARE)
  return low.length > 0 ? warning(texts.low(describe(low))) : ok(texts.ok(describe(known)))
}
