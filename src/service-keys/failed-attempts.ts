import type { Clock } from '../util/clock.js'

export interface FailureLimit {
  /** Seconds until this client may try again; undefined where it may now. */
  blockedSeconds(client: string): number | undefined
  count(client: string): void
}

interface Window {
  failures: number
  endsAt: number
}

/** Beyond it the oldest are forgotten: memory must not grow with the addresses of an attacker. */
const MAX_CLIENTS = 10_000

/** How many wrong guesses a client has in one stretch of time. Counted in this process alone. */
export function createFailureLimit(clock: Clock, limit: number, windowMs: number): FailureLimit {
  const windows = new Map<string, Window>()

  function current(client: string): Window | undefined {
    const window = windows.get(client)
    return window && window.endsAt > clock.monotonicMs() ? window : undefined
  }

  return {
    blockedSeconds(client) {
      const window = current(client)
      if (!window || window.failures < limit) return undefined
      return Math.max(1, Math.ceil((window.endsAt - clock.monotonicMs()) / 1000))
    },
    count(client) {
      const window = current(client) ?? { failures: 0, endsAt: clock.monotonicMs() + windowMs }
      window.failures += 1
      // Put anew, so that the map's order is the order of the last failure.
      windows.delete(client)
      windows.set(client, window)
      const [oldest] = windows.keys()
      if (windows.size > MAX_CLIENTS && oldest !== undefined) windows.delete(oldest)
    },
  }
}
