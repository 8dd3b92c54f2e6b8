export interface Deadline {
  /** Ends the deadline. Does nothing after it has passed. */
  clear(): void
  /** Starts the time anew. */
  refresh(): void
}

/**
 * Runs `onDeadline` after that many milliseconds, unless it is cleared before.
 *
 * If this process stood still (SIGSTOP, a suspended machine, a blocked event loop), the timer is late, and what arrived
 * meanwhile is not read yet: the event loop runs timers before sockets. So the deadline takes effect one turn later,
 * and an answer that had arrived clears it in time.
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
  // A signal that nothing needs any more must not keep the process running.
  setTimeout(() => setImmediate(abort).unref(), ms).unref()
  return controller.signal
}
