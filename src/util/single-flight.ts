import { raceAbort } from './race-abort.js'

/** Runs work once for all callers that ask for the same key at the same time. */
export interface SingleFlight<Key, Result> {
  /**
   * Starts `work` if none is in flight for this key, and otherwise waits for the one that is. A caller whose signal
   * aborts stops waiting at once; the other waiters are not affected. If the work fails, all waiters get its error, and
   * the next call starts new work.
   */
  run(
    key: Key,
    work: (signal: AbortSignal) => Promise<Result>,
    options?: { signal?: AbortSignal | undefined },
  ): Promise<Result>
  isInFlight(key: Key): boolean
}

export interface SingleFlightOptions {
  /**
   * Whether the work is aborted, by the signal that it was given, as soon as its last waiter has stopped waiting.
   * If not, the work runs to its end without waiters.
   * @default false
   */
  abortsWithoutWaiters?: boolean
}

interface Flight<Result> {
  result: Promise<Result>
  waiters: number
  controller: AbortController
}

export function createSingleFlight<Key, Result>({
  abortsWithoutWaiters = false,
}: SingleFlightOptions = {}): SingleFlight<Key, Result> {
  const inFlight = new Map<Key, Flight<Result>>()

  function start(key: Key, work: (signal: AbortSignal) => Promise<Result>): Flight<Result> {
    const controller = new AbortController()
    const flight: Flight<Result> = {
      result: launch(work, controller.signal).finally(() => forget(key, flight)),
      waiters: 0,
      controller,
    }
    // If all waiters have stopped waiting before the work fails, its rejection would otherwise end the process.
    flight.result.catch(() => {})
    inFlight.set(key, flight)
    return flight
  }

  function forget(key: Key, flight: Flight<Result>): void {
    if (inFlight.get(key) === flight) inFlight.delete(key)
  }

  return {
    async run(key, work, { signal } = {}) {
      signal?.throwIfAborted()
      const flight = inFlight.get(key) ?? start(key, work)
      flight.waiters += 1
      try {
        return await (signal ? raceAbort(flight.result, signal) : flight.result)
      } finally {
        flight.waiters -= 1
        const isUnwanted = flight.waiters === 0 && inFlight.get(key) === flight
        if (isUnwanted && abortsWithoutWaiters) {
          forget(key, flight)
          flight.controller.abort()
        }
      }
    },
    isInFlight: key => inFlight.has(key),
  }
}

/** An exception that `work` throws before its first `await` becomes a rejection like any other. */
async function launch<Result>(
  work: (signal: AbortSignal) => Promise<Result>,
  signal: AbortSignal,
): Promise<Result> {
  return work(signal)
}
