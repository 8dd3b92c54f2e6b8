import type { Clock } from './clock.js'
import type { Listeners } from './listeners.js'

/** Resolves after so much simulated time, which `advance` can let pass at once, or as soon as `signal` aborts. */
export type SimulatedWait = (ms: number, signal?: AbortSignal) => Promise<void>

/** All waits end when `closed` aborts. */
export function createSimulatedWait(clock: Clock, changes: Listeners, closed: AbortSignal): SimulatedWait {
  return function wait(ms, signal = closed) {
    const over = AbortSignal.any([signal, closed])
    const advancedMs = clock.advancedMs + ms
    return new Promise(resolve => {
      const timer = setTimeout(end, ms)
      const startedAt = clock.now()
      // `advance` alone moves a clock that a test holds still. Real time moves a running clock, too.
      const forget = changes.subscribe(() => {
        if (clock.now() - startedAt >= ms || clock.advancedMs >= advancedMs) end()
      })
      over.addEventListener('abort', end, { once: true })
      if (over.aborted) end()

      function end() {
        clearTimeout(timer)
        forget()
        over.removeEventListener('abort', end)
        resolve()
      }
    })
  }
}
