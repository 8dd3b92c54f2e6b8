import { setTimeout as delay } from 'node:timers/promises'

/** Time as the package sees it, so that tests can move it. */
export interface Clock {
  /** Milliseconds since 1970, as other machines see them. */
  wallMs(): number
  /** Milliseconds that never jump; only differences mean anything. */
  monotonicMs(): number
  /** Resolves after that time, or rejects when the signal aborts. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>
}

export const systemClock: Clock = {
  wallMs: () => Date.now(),
  monotonicMs: () => performance.now(),
  sleep: async (ms, signal) => {
    await delay(ms, undefined, signal && { signal })
  },
}

/** Checks a value of an option. */
export function isClock(value: unknown): value is Clock {
  if (typeof value !== 'object' || value === null) return false
  return ['wallMs', 'monotonicMs', 'sleep'].every(name => typeof Reflect.get(value, name) === 'function')
}
