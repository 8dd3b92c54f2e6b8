export interface Deadline {
  /** Cancels the deadline. Does nothing after it has passed. */
  clear(): void
  /** Restarts the deadline with its full time. */
  refresh(): void
}

/**
 * Runs `onDeadline` after that many milliseconds, unless the deadline is cleared before.
 *
 * If this process stood still (SIGSTOP, a suspended machine, a blocked event loop), the timer is late, and what arrived
 * meanwhile is not read yet: the event loop runs timers before sockets. So `onDeadline` runs one turn after the timer,
 * and an answer that had arrived can clear the deadline before.
 */
export function startDeadline(ms: number, onDeadline: () => void): Deadline {
  let lastLook: NodeJS.Immediate | undefined
  const timer = setTimeout(() => {
    lastLook = setImmediate(onDeadline)
  }, ms)
  return {
    clear() {
      clearTimeout(timer)
      clearImmediate(lastLook)
    },
    refresh() {
      clearImmediate(lastLook)
      timer.refresh()
    },
  }
}

/** Like `AbortSignal.timeout`, but it aborts one turn later, as {@link startDeadline} does. */
export function createDeadlineSignal(ms: number): AbortSignal {
  const controller = new AbortController()
  const abort = () => controller.abort(new DOMException('The time limit has passed', 'TimeoutError'))
  // Both timers are unref'ed, so that a signal that nothing needs any more does not keep the process running.
  setTimeout(() => setImmediate(abort).unref(), ms).unref()
  return controller.signal
}
