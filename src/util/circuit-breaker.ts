import type { Clock } from './clock.js'

export interface BreakerOptions<Reason> {
  clock: Clock
  /** The longest that anyone waits for one answer. */
  deadlineMs: number
  /** Names why a question failed, by what it was rejected with. */
  readReason: (error: unknown) => Reason
  /** False for a refusal: it is an answer, and other questions may get a better one. */
  isAway: (reason: Reason) => boolean
  /** The reason if no answer came within the deadline. */
  timeoutReason: Reason
  /** What callers get instead of an answer. */
  unavailable: (reason: Reason) => Error
}

const FAILURES_THAT_OPEN = 3
const OPEN_MS = 2_000

/**
 * Runs questions to something that may be away: each within a deadline, and, after three failures in a row, none
 * but one every two seconds, so that its being away costs callers nothing.
 */
export function createBreaker<Reason>({
  clock,
  deadlineMs,
  readReason,
  isAway,
  timeoutReason,
  unavailable,
}: BreakerOptions<Reason>) {
  let failuresInARow = 0
  let openUntil = Number.NEGATIVE_INFINITY
  /** Of the last failure: callers learn it also while the circuit breaker is open. */
  let reason = timeoutReason

  /** @param onLate gets the answer that came when nobody waited for it any more */
  return async function guard<Answer>(
    ask: () => Promise<Answer>,
    onLate?: (answer: Answer) => void,
  ): Promise<Answer> {
    const now = clock.monotonicMs()
    if (now < openUntil) throw unavailable(reason)
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
    const timeout = Symbol('timeout')
    const deadline = Promise.withResolvers<never>()
    clock.sleep(deadlineMs, timely.signal).then(
      // Where it was this process that stood still, the answer is there and only has to be read.
      () =>
        setImmediate(() => {
          isLate = true
          deadline.reject(timeout)
        }),
      () => {},
    )
    try {
      const answer = await Promise.race([asked, deadline.promise])
      failuresInARow = 0
      openUntil = Number.NEGATIVE_INFINITY
      return answer
    } catch (error) {
      reason = error === timeout ? timeoutReason : readReason(error)
      failuresInARow = isAway(reason) ? failuresInARow + 1 : 0
      const isToOpen = failuresInARow >= FAILURES_THAT_OPEN
      openUntil = isToOpen ? clock.monotonicMs() + OPEN_MS : Number.NEGATIVE_INFINITY
      throw unavailable(reason)
    } finally {
      timely.abort()
    }
  }
}
