/** Runs work once for all who ask for it at the same time. */
export interface SharedFlights<Result> {
  /** The work is aborted when everybody who waits for it has gone. */
  join(
    key: string,
    signal: AbortSignal | undefined,
    work: (signal: AbortSignal) => Promise<Result>,
  ): Promise<Result>
}

interface Flight<Result> {
  result: Promise<Result>
  passengers: number
  abort: AbortController
}

export function createSharedFlights<Result>(): SharedFlights<Result> {
  const underWay = new Map<string, Flight<Result>>()

  function start(key: string, work: (signal: AbortSignal) => Promise<Result>): Flight<Result> {
    const abort = new AbortController()
    const flight = { result: work(abort.signal), passengers: 0, abort }
    underWay.set(key, flight)
    return flight
  }

  return {
    async join(key, signal, work) {
      signal?.throwIfAborted()
      const flight = underWay.get(key) ?? start(key, work)
      flight.passengers += 1
      const { promise: gone, reject } = Promise.withResolvers<never>()
      const leave = () => reject(signal?.reason)
      signal?.addEventListener('abort', leave, { once: true })
      try {
        return await Promise.race([flight.result, gone])
      } finally {
        signal?.removeEventListener('abort', leave)
        flight.passengers -= 1
        if (flight.passengers === 0) {
          if (underWay.get(key) === flight) underWay.delete(key)
          flight.abort.abort()
        }
      }
    },
  }
}
