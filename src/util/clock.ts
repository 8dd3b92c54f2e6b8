import { setTimeout as delay } from 'node:timers/promises'

/** Time as the package sees it, so that tests can move it. */
export interface Clock {
  /** Milliseconds since 1970, as other machines see them. */
  wallMs(): number
  /** Milliseconds that never jump; only differences mean anything. */
  monotonicMs(): number
  /**
   * Resolves after that time, or rejects when the signal aborts. With `ref: false`, the process can end meanwhile if
   * nothing else keeps it running.
   */
  sleep(ms: number, signal?: AbortSignal, options?: { ref?: boolean }): Promise<void>
}

export const systemClock: Clock = {
  wallMs: () => Date.now(),
  monotonicMs: () => performance.now(),
  sleep: async (ms, signal, { ref = true } = {}) => {
    await delay(ms, undefined, { ref, ...(signal && { signal }) })
  },
}

/** Checks a value of an option. */
export function isClock(value: unknown): value is Clock {
  if (typeof value !== 'object' || value === null) return false
  return ['wallMs', 'monotonicMs', 'sleep'].every(name => typeof Reflect.get(value, name) === 'function')
}
