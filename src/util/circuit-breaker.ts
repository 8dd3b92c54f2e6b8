import type { Clock } from './clock.js'

export interface BreakerOptions {
  clock: Clock
  /** The longest that anyone waits for one answer. */
  deadlineMs: number
  /** What callers get instead of an answer. */
  unavailable: () => Error
}

const FAILURES_THAT_OPEN = 3
const OPEN_MS = 2_000

/**
 * Runs questions to something that may be away: each within a deadline, and, after three failures in a row, none
 * but one every two seconds, so that its being away costs callers nothing.
 */
export function createBreaker({ clock, deadlineMs, unavailable }: BreakerOptions) {
  let failuresInARow = 0
  let openUntil = Number.NEGATIVE_INFINITY

  /** @param onLate gets the answer that came when nobody waited for it any more */
  return async function guard<Answer>(
    ask: () => Promise<Answer>,
    onLate?: (answer: Answer) => void,
  ): Promise<Answer> {
    const now = clock.monotonicMs()
    if (now < openUntil) throw unavailable()
    // After the time, this one goes to see, and the others wait for what it finds.
    if (failuresInARow >= FAILURES_THAT_OPEN) openUntil = now + deadlineMs

    const timely = new AbortController()
    let isLate = false
    const asked = Promise.resolve().then(ask)
    asked.then(
      answer => {
        if (isLate) onLate?.(answer)
      },
      () => {},
    )
    const deadline = Promise.withResolvers<never>()
    clock.sleep(deadlineMs, timely.signal).then(
      // Where it was this process that stood still, the answer is there and only has to be read.
      () =>
        setImmediate(() => {
          isLate = true
          deadline.reject(unavailable())
        }),
      () => {},
    )
    try {
      const answer = await Promise.race([asked, deadline.promise])
      failuresInARow = 0
      openUntil = Number.NEGATIVE_INFINITY
      return answer
    } catch {
      failuresInARow += 1
      if (failuresInARow >= FAILURES_THAT_OPEN) openUntil = clock.monotonicMs() + OPEN_MS
      throw unavailable()
    } finally {
      timely.abort()
    }
  }
}
