import type { Clock } from '../../util/clock.js'
import type { RunStore } from './run-store.js'

export interface SignOfLife {
  /** Ends the renewals. Resolves when none is under way any more. */
  stop(): Promise<void>
}

const RENEW_MS = 1_000
const LIFE_MS = 3_000

/**
 * Shows other processes that a run goes on: a key that lives for 3 s is renewed each second, for at most `maxMs`. Its
 * timer does not keep the process running.
 */
export function keepSignOfLife(clock: Clock, store: RunStore, id: string, maxMs: number): SignOfLife {
  const ended = new AbortController()
  const endsAt = clock.monotonicMs() + maxMs

  async function renew(): Promise<void> {
    while (!ended.signal.aborted && clock.monotonicMs() < endsAt) {
      await store.put(`${id}:alive`, '1', LIFE_MS)
      await clock.sleep(RENEW_MS, ended.signal, { ref: false })
    }
  }

  const renewed = renew().catch(() => {})

  return {
    async stop() {
      ended.abort()
      await renewed
    },
  }
}
