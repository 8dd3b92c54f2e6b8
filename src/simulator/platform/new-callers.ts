import type { Clock } from '../util/clock.js'
import { Refusal } from './refusal.js'

/** The IP addresses of calls with the app secret, which the administrator has to confirm. */
export interface NewCallers {
  /**
   * Refuses an unconfirmed address: with 89503 at its first call, which asks the administrator; 89501 until the decision;
   * 89507 for an hour after a refusal; 89506 for 24 hours after a second one within 24 hours.
   */
  check(address: string): void
  /** Confirms all addresses that wait for a decision. */
  confirm(): void
  /** Refuses all addresses that wait for a decision. */
  refuse(): void
  forget(): void
}

interface Decision {
  isPending: boolean
  isConfirmed: boolean
  /** The simulated times of the administrator's refusals, in milliseconds, the latest last. */
  refusedAt: number[]
}

const hourMs = 3_600_000
const dayMs = 24 * hourMs

export function createNewCallers(clock: Clock): NewCallers {
  const decisions = new Map<string, Decision>()

  function decisionOn(address: string): Decision {
    const known = decisions.get(address)
    if (known) return known
    const fresh: Decision = { isPending: false, isConfirmed: false, refusedAt: [] }
    decisions.set(address, fresh)
    return fresh
  }

  function assertNotBlocked({ refusedAt }: Decision): void {
    const [last, before] = refusedAt.toReversed()
    if (last === undefined) return
    const sinceMs = clock.now() - last
    const isSecond = before !== undefined && last - before < dayMs
    if (isSecond && sinceMs < dayMs) throw new Refusal(89506)
    if (sinceMs < hourMs) throw new Refusal(89507)
  }

  function decide(change: (decision: Decision) => void): void {
    for (const decision of decisions.values()) {
      if (!decision.isPending) continue
      decision.isPending = false
      change(decision)
    }
  }

  return {
    check(address) {
      const decision = decisionOn(address)
      if (decision.isConfirmed) return
      assertNotBlocked(decision)
      if (decision.isPending) throw new Refusal(89501)
      decision.isPending = true
      throw new Refusal(89503)
    },
    confirm: () =>
      decide(decision => {
        decision.isConfirmed = true
      }),
    refuse: () => decide(decision => decision.refusedAt.push(clock.now())),
    forget: () => decisions.clear(),
  }
}
