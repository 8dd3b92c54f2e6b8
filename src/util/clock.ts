import { setTimeout as delay } from 'node:timers/promises'

/** The clock of this package, which tests replace. */
export interface Clock {
  /** Milliseconds since 1970, of a clock that can be set back. */
  wallMs(): number
  /** Milliseconds of a clock that never jumps, for durations. */
  monotonicMs(): number
  /**
   * Resolves after `ms`, or rejects when the signal aborts. With `ref: false`, the process can end meanwhile if nothing
   * else keeps it running.
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

/** Whether a value has the methods of a {@link Clock}. */
export function isClock(value: unknown): value is Clock {
  if (typeof value !== 'object' || value === null) return false
  return ['wallMs', 'monotonicMs', 'sleep'].every(name => typeof Reflect.get(value, name) === 'function')
}
