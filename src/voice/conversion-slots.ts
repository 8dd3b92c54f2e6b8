/**
 * Lets a bounded number of tasks run at once; the others wait their turn, first come, first served.
 * A waiter whose signal aborts leaves the queue.
 */
export class ConversionSlots {
  readonly #size: number
  readonly #waiting = new Set<() => void>()
  #running = 0

  constructor(size: number) {
    this.#size = size
  }

  async run<Result>(signal: AbortSignal, task: () => Promise<Result>): Promise<Result> {
    await this.#enter(signal)
    try {
      return await task()
    } finally {
      this.#leave()
    }
  }

  async #enter(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted()
    if (this.#running < this.#size) {
      this.#running += 1
      return
    }
    await new Promise<void>((resolve, reject) => {
      const start = () => {
        signal.removeEventListener('abort', giveUp)
        resolve()
      }
      const giveUp = () => {
        this.#waiting.delete(start)
        reject(signal.reason)
      }
      this.#waiting.add(start)
      signal.addEventListener('abort', giveUp, { once: true })
    })
  }

  /** Hands the slot to whoever waits longest, so that nobody slips in between. */
  #leave(): void {
    const [next] = this.#waiting
    if (next) {
      this.#waiting.delete(next)
      next()
    } else {
      this.#running -= 1
    }
  }
}
