import type { Check } from '../check.js'
import { fault, ok, skipped, warning } from '../outcome.js'

/** The difference between the clocks of two servers that logins tolerate. */
const LEEWAY_MS = 30_000
/** Half the time that a login may take: one server would treat the logins of the other one as expired. */
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
