import type { Clock } from '../../src/util/clock.ts'

/** A clock that stands still until the test moves it. */
export class ManualClock implements Clock {
  #now = 5_000
  #sleepers: { wakesAt: number; wake: () => void }[] = []
  #onSleep: (() => void)[] = []

  wallMs = (): number => 1_800_000_000_000 + this.#now
  monotonicMs = (): number => this.#now

  sleep = async (ms: number, signal?: AbortSignal): Promise<void> => {
    signal?.throwIfAborted()
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    this.#sleepers.push({ wakesAt: this.#now + ms, wake: resolve })
    signal?.addEventListener('abort', () => reject(signal.reason), { once: true })
    for (const tell of this.#onSleep.splice(0)) tell()
    await promise
  }

  advance(ms: number): void {
    this.#now += ms
    const awake = this.#sleepers.filter(({ wakesAt }) => wakesAt <= this.#now)
    this.#sleepers = this.#sleepers.filter(({ wakesAt }) => wakesAt > this.#now)
    for (const { wake } of awake) wake()
  }

  /** Resolves as soon as a `sleep` is pending. */
  async somebodySleeps(): Promise<void> {
    if (this.#sleepers.length > 0) return
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#onSleep.push(resolve)
    await promise
  }
}
