import type { Clock } from './clock.js'
import type { Listeners } from './listeners.js'

/** Ends when so much simulated time has passed, which `advance` can let pass at once; or when `signal` is aborted. */
export type SimulatedWait = (ms: number, signal?: AbortSignal) => Promise<void>

/** `closed` ends all waits. */
export function createSimulatedWait(clock: Clock, changes: Listeners, closed: AbortSignal): SimulatedWait {
  return function wait(ms, signal = closed) {
    const over = AbortSignal.any([signal, closed])
    const advancedMs = clock.advancedMs + ms
    return new Promise(resolve => {
      const timer = setTimeout(end, ms)
      const startedAt = clock.now()
      // A clock that a test holds still moves by `advance` alone; a running one by both.
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
