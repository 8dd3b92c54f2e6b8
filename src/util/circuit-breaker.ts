import type { Clock } from './clock.js'

export interface CircuitBreakerOptions<Reason> {
  clock: Clock
  /** How long a caller waits for one answer, in milliseconds. */
  deadlineMs: number
  /** Returns the reason for which a call failed with this error. */
  readReason: (error: unknown) => Reason
  /** The reason of a call that got no answer within the deadline. */
  timeoutReason: Reason
  /** Whether a reason means that the service is down. Other failures don't open the breaker. */
  isDown: (reason: Reason) => boolean
  /** Makes the error that callers get instead of an answer. */
  unavailable: (reason: Reason) => Error
}

const FAILURES_UNTIL_OPEN = 3
const OPEN_MS = 2_000

/**
 * Makes a circuit breaker with a deadline for each call, so that a service that is down costs callers no time.
 *
 * Closed: each call is let through and fails after `deadlineMs` without an answer. Open, for two seconds after the
 * third failure in a row: calls fail at once. Half-open, after those two seconds: the next call probes the service,
 * and the other calls fail at once until the probe has ended. A probe that succeeds closes the breaker, one that
 * fails opens it for another two seconds.
 */
export function createCircuitBreaker<Reason>({
  clock,
  deadlineMs,
  readReason,
  timeoutReason,
  isDown,
  unavailable,
}: CircuitBreakerOptions<Reason>) {
  let failuresInARow = 0
  let openUntil = Number.NEGATIVE_INFINITY
  /** The reason of the last failure, which callers get while the breaker is open. */
  let reason = timeoutReason

  /**
   * Calls `ask` with a deadline. While the circuit is open, it fails at once instead.
   * @param onLateAnswer gets an answer that came after the deadline
   */
  return async function guard<Answer>(
    ask: () => Promise<Answer>,
    onLateAnswer?: (answer: Answer) => void,
  ): Promise<Answer> {
    const now = clock.monotonicMs()
    if (now < openUntil) throw unavailable(reason)
    // Half-open: this call probes. The other calls keep failing until the probe has ended.
    if (failuresInARow >= FAILURES_UNTIL_OPEN) openUntil = now + deadlineMs
    try {
      const answer = await askWithin(deadlineMs, clock, ask, onLateAnswer)
      failuresInARow = 0
      openUntil = Number.NEGATIVE_INFINITY
      return answer
    } catch (error) {
      reason = error instanceof DeadlineError ? timeoutReason : readReason(error)
      failuresInARow = isDown(reason) ? failuresInARow + 1 : 0
      const opens = failuresInARow >= FAILURES_UNTIL_OPEN
      openUntil = opens ? clock.monotonicMs() + OPEN_MS : Number.NEGATIVE_INFINITY
      throw unavailable(reason)
    }
  }
}

class DeadlineError extends Error {}

async function askWithin<Answer>(
  deadlineMs: number,
  clock: Clock,
  ask: () => Promise<Answer>,
  onLateAnswer: ((answer: Answer) => void) | undefined,
): Promise<Answer> {
  let isLate = false
  const answered = Promise.resolve().then(ask)
  answered.then(
    answer => {
      if (isLate) onLateAnswer?.(answer)
    },
    () => {},
  )
  const deadline = Promise.withResolvers<never>()
  const timer = new AbortController()
  const onDeadline = () => {
    isLate = true
    deadline.reject(new DeadlineError())
  }
  clock.sleep(deadlineMs, timer.signal).then(
    // If the event loop was blocked, the answer may be in the socket already, so the deadline waits one turn for it.
    () => setImmediate(onDeadline),
    () => {},
  )
  try {
    return await Promise.race([answered, deadline.promise])
  } finally {
    timer.abort()
  }
}
