import type { Check } from '../check.js'
import { fault, ok, skipped, warning } from '../outcome.js'

/** The check warns if the clock differs by more from WeChat's. Logins tolerate this difference between two servers. */
const LEEWAY_MS = 30_000
/** A fault from this difference on: half of a login's 10 minutes, so a server that is ahead refuses slow logins. */
const FAULT_MS = 5 * 60_000

export const clock: Check = {
  id: 'clock',
  async run(examination) {
    const { texts, wechat } = examination
    await examination.token()
    const aheadMs = wechat?.clockAheadMs
    if (aheadMs === undefined) return skipped(texts.clock.unknown)
    const seconds = Math.round(aheadMs / 1000)
    if (Math.abs(aheadMs) >= FAULT_MS) return fault(texts.clock.off(seconds))
    if (Math.abs(aheadMs) > LEEWAY_MS) return warning(texts.clock.off(seconds))
    return ok(texts.clock.ok(Math.abs(seconds) + 1))
  },
}
