import type { Check } from './check.js'
import type { CheckId } from './check-ids.js'
import { apiChecks } from './checks/api.js'
import { appChecks } from './checks/app.js'
import { clock } from './checks/clock.js'
import { APP_ID, credentialChecks } from './checks/credentials.js'
import { publicSiteChecks } from './checks/public-site.js'
import { redisChecks } from './checks/redis.js'
import { createExamination, type Examination, type ExaminationInput } from './examination.js'
import type { CheckResult } from './outcome.js'

export interface DoctorReport {
  appId: string | undefined
  /** Whether no fault was found. */
  isHealthy: boolean
  /** How many calls to WeChat's API were made. */
  wechatCalls: number
  checks: readonly CheckResult[]
}

export interface DoctorListener {
  onStart(id: CheckId): void
  onResult(result: CheckResult): void
}

export const checks: readonly Check[] = [
  ...credentialChecks,
  ...apiChecks,
  clock,
  ...publicSiteChecks,
  ...appChecks,
  ...redisChecks,
]

/** Runs one check after another, and tells the listener of each. */
export async function runDoctor(input: ExaminationInput, listener: DoctorListener): Promise<DoctorReport> {
  const examination = createExamination(input)
  const results: CheckResult[] = []
  try {
    for (const check of checks) {
      listener.onStart(check.id)
      const result = await runCheck(check, examination)
      results.push(result)
      listener.onResult(result)
    }
  } finally {
    examination.close()
  }
  const { WECHAT_APP_ID: appId = '' } = input.environment
  return {
    // A value without the form of an AppID is not reported: it can be a secret in the wrong variable.
    appId: APP_ID.test(appId) ? appId : undefined,
    isHealthy: !results.some(({ state }) => state === 'fault'),
    wechatCalls: examination.wechat?.count ?? 0,
    checks: results,
  }
}

async function runCheck({ id, run }: Check, examination: Examination): Promise<CheckResult> {
  const { text, remedy, ...rest } = await run(examination)
  const hide = (words: string) => redact(words, examination.secrets)
  return { id, ...rest, text: hide(text), ...(remedy !== undefined && { remedy: hide(remedy) }) }
}

/** Replaces the secrets of the environment and the tokens by `[REDACTED]`, in case a check's text repeats one. */
function redact(text: string, secrets: readonly string[]): string {
  return secrets
    .flatMap(secret => [secret, encodeURIComponent(secret)])
    .reduce((redacted, secret) => redacted.replaceAll(secret, '[REDACTED]'), text)
}
