import type { Clock } from '../../util/clock.js'
import { Refusal } from '../refusal.js'

/** How many more customer-service messages (客服消息) the account may send after a person's action, and until when. */
export interface Allowance {
  left: number
  readonly expiresAt: number
}

/**
 * Counts the customer-service messages that the account may send to each person.
 *
 * @see https://developers.weixin.qq.com/doc/offiaccount/Customer_Service/Customer_Service_Messages.html
 */
export interface CustomerService {
  /** Renews an allowance. `message`: the person has sent one. `event`: they have followed, scanned, or pressed the menu. */
  allow(personId: string, action: Action): void
  /** Returns an allowance with messages left. Throws 45015 if no action is recent enough, and 45047 if none are left. */
  find(personId: string): Allowance
  clear(): void
}

type Action = 'message' | 'event'

const rules: Readonly<Record<Action, { messages: number; lifetimeMs: number }>> = {
  message: { messages: 5, lifetimeMs: 48 * 3_600_000 },
  event: { messages: 3, lifetimeMs: 60_000 },
}

export function createCustomerService(clock: Clock): CustomerService {
  const allowances = new Map<string, Allowance>()

  return {
    allow(personId, action) {
      const { messages, lifetimeMs } = rules[action]
      allowances.set(`${personId} ${action}`, { left: messages, expiresAt: clock.now() + lifetimeMs })
    },
    find(personId) {
      // The platform does not document how two allowances combine. That of an event, which lasts a minute, is used first.
      const open = (['event', 'message'] as const)
        .map(action => allowances.get(`${personId} ${action}`))
        .filter(allowance => allowance !== undefined)
        .filter(({ expiresAt }) => clock.now() < expiresAt)
      if (open.length === 0) throw new Refusal(45015)
      const allowance = open.find(({ left }) => left > 0)
      if (!allowance) throw new Refusal(45047)
      return allowance
    },
    clear: () => allowances.clear(),
  }
}
