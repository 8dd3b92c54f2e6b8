import type { Clock } from '../util/clock.js'

export interface FailedAttempts {
  /** Seconds until this client may try again; undefined if it may try now. */
  blockedSeconds(client: string): number | undefined
  /** Counts one failure of this client. */
  count(client: string): void
}

interface Window {
  failures: number
  expiresAt: number
}

/**
 * Over this number of clients, the one that failed longest ago is dropped, so that an attacker with many addresses
 * can't fill the memory.
 */
const MAX_CLIENTS = 10_000

/** Limits each client to `limit` failures within `windowMs` after the first one. Each process has its own count. */
export function createFailedAttempts(clock: Clock, limit: number, windowMs: number): FailedAttempts {
  const windows = new Map<string, Window>()

  function current(client: string): Window | undefined {
    const window = windows.get(client)
    return window && window.expiresAt > clock.monotonicMs() ? window : undefined
  }

  return {
    blockedSeconds(client) {
      const window = current(client)
      if (!window || window.failures < limit) return undefined
      return Math.max(1, Math.ceil((window.expiresAt - clock.monotonicMs()) / 1000))
    },
    count(client) {
      const window = current(client) ?? { failures: 0, expiresAt: clock.monotonicMs() + windowMs }
      window.failures += 1
      // The entry is deleted and inserted again, so that the map is in the order of each client's last failure.
      windows.delete(client)
      windows.set(client, window)
      const [oldest] = windows.keys()
      if (windows.size > MAX_CLIENTS && oldest !== undefined) windows.delete(oldest)
    },
  }
}
