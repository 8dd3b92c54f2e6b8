import { setTimeout as delay } from 'node:timers/promises'
import { ATTACKS, type Attack } from './attacks.ts'
import type { Ending } from './client.ts'

/** For each kind of request, how many ended in each way. */
export type Tally = Map<string, Map<Ending, number>>

export interface Traffic {
  /** Aborts all requests. Once none is open, resolves to the tally of those that had ended before. */
  stop(): Promise<Tally>
}

/** Starts the clients of all attacks. Requests that `stop()` aborts are not counted. */
export function startTraffic(origin: string): Traffic {
  const tally: Tally = new Map()
  const stopping = new AbortController()
  const { signal } = stopping

  async function repeat({ kind, pauseMs, run }: Attack): Promise<void> {
    const endings = tally.get(kind) ?? new Map<Ending, number>()
    tally.set(kind, endings)
    // A random wait of up to one pause keeps the clients of one kind from all beginning at the same moment.
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

/** Lists the wrong endings of ordinary visitors' requests with their counts, such as `visitor: login: 503 (2 times)`. */
export function findFailedVisits(tally: Tally): string[] {
  return ATTACKS.flatMap(({ kind, expected }) =>
    expected === undefined
      ? []
      : [...(tally.get(kind) ?? [])]
          .filter(([ending]) => ending !== expected)
          .map(([ending, count]) => `${kind}: ${ending} (${count} times)`),
  )
}
