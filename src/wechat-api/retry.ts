import { setTimeout as delay } from 'node:timers/promises'

/** Limits retries to a tenth of the calls, because more retries would make an overloaded WeChat slower. */
export interface RetryBudget {
  /** Adds a tenth of a retry for each call, up to ten retries. */
  noteCall(): void
  hasOne(): boolean
  spendOne(): void
}

export interface RetryOptions {
  budget: RetryBudget
  /** Whether a second attempt after this error is harmless, and can succeed. */
  isRetryable: (error: unknown) => boolean
  /** If it aborts, the pause ends, and the call fails with the error of the first attempt. */
  signal?: AbortSignal | undefined
}

const MAX_ATTEMPTS = 2
const MAX_SAVED_RETRIES = 10
const RETRIES_PER_CALL = 0.1
const SHORTEST_PAUSE_MS = 100
const PAUSE_JITTER_MS = 200

/** Makes one call in up to two attempts, with a pause of 100 to 300 milliseconds between them. */
export async function withRetry<Result>(
  attempt: () => Promise<Result>,
  { budget, isRetryable, signal }: RetryOptions,
): Promise<Result> {
  budget.noteCall()
  for (let attempts = 1; ; attempts++) {
    try {
      return await attempt()
    } catch (error) {
      if (attempts >= MAX_ATTEMPTS || !budget.hasOne() || !isRetryable(error)) throw error
      budget.spendOne()
      const pauseMs = SHORTEST_PAUSE_MS + Math.random() * PAUSE_JITTER_MS
      await delay(pauseMs, undefined, signal && { signal }).catch(() => {
        throw error
      })
    }
  }
}

export function createRetryBudget(): RetryBudget {
  let savedRetries = MAX_SAVED_RETRIES
  return {
    noteCall() {
      savedRetries = Math.min(MAX_SAVED_RETRIES, savedRetries + RETRIES_PER_CALL)
    },
    hasOne: () => savedRetries >= 1,
    spendOne() {
      savedRetries -= 1
    },
  }
}
