import type { Clock } from './clock.js'
import type { Listeners } from './listeners.js'

/** Waits until `ms` of simulated time have passed, by real time or by `advance`, or until `signal` is aborted. */
export type SimulatedWait = (ms: number, signal?: AbortSignal) => Promise<void>

/** Creates the function that waits. The abort of `closed` ends all waits. */
export function createSimulatedWait(clock: Clock, changes: Listeners, closed: AbortSignal): SimulatedWait {
  return function wait(ms, signal = closed) {
    const over = AbortSignal.any([signal, closed])
    const advancedMs = clock.advancedMs + ms
    return new Promise(resolve => {
      const timer = setTimeout(end, ms)
      const startedAt = clock.now()
      // Simulated time passes by `advance` and, unless a test holds the wall clock still, by real time too.
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
