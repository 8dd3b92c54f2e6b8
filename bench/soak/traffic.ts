import { setTimeout as delay } from 'node:timers/promises'
import { ATTACKS, type Attack } from './attacks.ts'
import type { Ending } from './client.ts'

/** How many requests of each kind ended in which way. */
export type Tally = Map<string, Map<Ending, number>>

export interface Traffic {
  /** Ends all requests, and resolves to their endings once none is open. */
  stop(): Promise<Tally>
}

/** Starts all clients. Those that are stopped in the middle of a request are not counted. */
export function startTraffic(origin: string): Traffic {
  const tally: Tally = new Map()
  const stopping = new AbortController()
  const { signal } = stopping

  async function repeat({ kind, pauseMs, run }: Attack): Promise<void> {
    const endings = tally.get(kind) ?? new Map<Ending, number>()
    tally.set(kind, endings)
    // The clients of one kind do not all begin at the same moment.
    await delay(Math.random() * pauseMs, undefined, { signal }).catch(() => {})
    while (!signal.aborted) {
      const ending = await run(origin, signal)
      if (!signal.aborted) endings.set(ending, (endings.get(ending) ?? 0) + 1)
      await delay(pauseMs, undefined, { signal }).catch(() => {})
    }
  }

  const clients = ATTACKS.flatMap(attack => Array.from({ length: attack.clients }, () => repeat(attack)))
  return {
    async stop() {
      stopping.abort()
      await Promise.all(clients)
      return tally
    },
  }
}

/** The endings of the ordinary visitors' requests that were not the only right one, such as `visitor: login: 503`. */
export function findFailedVisits(tally: Tally): string[] {
  return ATTACKS.flatMap(({ kind, expected }) =>
    expected === undefined
      ? []
      : [...(tally.get(kind) ?? [])]
          .filter(([ending]) => ending !== expected)
          .map(([ending, count]) => `${kind}: ${ending} (${count} times)`),
  )
}
