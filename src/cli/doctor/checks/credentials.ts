import { parseTokenSource } from '../../../tokens/source/token-source-options.js'
import { parseAccount } from '../../../wechat-api/account.js'
import type { Check } from '../check.js'
import type { CheckId } from '../check-ids.js'
import { describeFailure, type Examination } from '../examination.js'
import { type Advice, fault, type Outcome, ok, skipped } from '../outcome.js'
import { refusalFault } from './calls-with-token.js'
import { isAbout } from './errcodes.js'

export const APP_ID = /^wx(?:[\da-f]{16}|sim[\w-]{1,59})$/
const APP_SECRET = /^(?:[\da-f]{32}|sim_[\w-]{4,250})$/
/** Replace a wrong AppID or AppSecret, which other checks report, so that this check judges only the other variables. */
const PLACEHOLDERS = { appId: 'wx0000000000000000', appSecret: '0'.repeat(32) }

const settings: Check = {
  id: 'settings',
  run({ environment, texts }) {
    const { WECHAT_APP_ID: appId = '', WECHAT_APP_SECRET: appSecret = '' } = environment
    const mode = environment.WECHAT_TOKEN_MODE
    if (mode && mode !== 'stable' && mode !== 'legacy') {
      return fault(texts.settings.wrong('WECHAT_TOKEN_MODE must be "stable" or "legacy"'))
    }
    try {
      parseAccount(
        'doctor',
        {
          ...(!APP_ID.test(appId) && { appId: PLACEHOLDERS.appId }),
          ...(!APP_SECRET.test(appSecret) && { appSecret: PLACEHOLDERS.appSecret }),
        },
        environment,
      )
      parseTokenSource('doctor', undefined, environment)
      return ok(texts.settings.ok)
    } catch (error) {
      return fault(texts.settings.wrong(describeFailure(error)))
    }
  },
}

const appId: Check = {
  id: 'app-id',
  async run(examination) {
    const { environment, texts } = examination
    const value = environment.WECHAT_APP_ID ?? ''
    if (value === '') return fault(texts.appId.missing)
    const token = await examination.token()
    if (token.kind === 'token' && !token.isFromSource) return ok(texts.appId.ok(value))
    if (!APP_ID.test(value)) return fault(texts.appId.shape)
    if (token.kind === 'token') return ok(texts.appId.ok(value))
    if (token.kind !== 'refused') return skipped(texts.noCredentials)
    // WeChat checks the AppID first, so a refusal for another reason means that the AppID is right.
    return isAbout('app-id', token.error.errcode)
      ? refusalFault(examination, token.error)
      : ok(texts.appId.ok(value))
  },
}

const appSecret: Check = {
  id: 'app-secret',
  async run(examination) {
    const { environment, texts } = examination
    const value = environment.WECHAT_APP_SECRET ?? ''
    if (environment.WECHAT_TOKEN_SOURCE_URL) return skipped(texts.tokenSource)
    if (value === '') return fault(texts.appSecret.missing)
    const token = await examination.token()
    if (token.kind !== 'token' && !APP_SECRET.test(value)) return fault(texts.appSecret.shape)
    return judgeRefusal(examination, 'app-secret', texts.appSecret.ok)
  },
}

const secretFrozen: Check = {
  id: 'secret-frozen',
  run: examination => judgeRefusal(examination, 'secret-frozen', examination.texts.secretFrozen.ok),
}

const ipWhitelist: Check = {
  id: 'ip-whitelist',
  run: examination => judgeRefusal(examination, 'ip-whitelist', examination.texts.ipWhitelist.ok),
}

const administrator: Check = {
  id: 'administrator',
  run: examination => judgeRefusal(examination, 'administrator', examination.texts.administrator.ok),
}

const token: Check = {
  id: 'token',
  async run(examination) {
    const { texts } = examination
    const answer = await examination.token()
    if (answer.kind === 'failed') return fault(texts.token.failed(answer.detail))
    if (answer.kind !== 'token') return judgeRefusal(examination, 'token', { text: '' })
    if (examination.refreshesLegacyToken && !answer.isFromSource)
      return { state: 'warning', ...texts.token.forced }
    return ok(texts.token.ok(Math.floor(answer.expiresInSeconds / 60)))
  },
}

export const credentialChecks: readonly Check[] = [
  settings,
  appId,
  appSecret,
  secretFrozen,
  ipWhitelist,
  administrator,
  token,
]

/**
 * If WeChat refuses the token call, only the check to which the errcode belongs reports it. The other checks of
 * credentials are skipped, because WeChat may not have verified what they check.
 */
async function judgeRefusal(examination: Examination, id: CheckId, well: Advice): Promise<Outcome> {
  const answer = await examination.token()
  if (answer.kind === 'token') return answer.isFromSource ? skipped(examination.texts.tokenSource) : ok(well)
  if (answer.kind === 'none') return skipped(examination.texts.noCredentials)
  if (answer.kind === 'refused' && isAbout(id, answer.error.errcode)) {
    return refusalFault(examination, answer.error)
  }
  return skipped(examination.texts.refusedBefore)
}
