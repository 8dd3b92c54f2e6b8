/** Retries never add more than a tenth to the calls: a slow WeChat is not helped by more of them. */
export interface RetryBudget {
  /** Each call puts a share of a retry aside. */
  noteCall(): void
  hasOne(): boolean
  spendOne(): void
}

const MOST_SAVED_UP = 10
const RETRIES_PER_CALL = 0.1

export function createRetryBudget(): RetryBudget {
  let saved = MOST_SAVED_UP
  return {
    noteCall() {
      saved = Math.min(MOST_SAVED_UP, saved + RETRIES_PER_CALL)
    },
    hasOne: () => saved >= 1,
    spendOne() {
      saved -= 1
    },
  }
}
