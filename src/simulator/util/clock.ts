/** The wall clock of the simulated platform: real time plus what `advance` added to it. */
export interface Clock {
  /** The simulated time, in milliseconds since 1970. */
  now(): number
  /** The simulated time in whole seconds since 1970, as in the platform's answers. */
  seconds(): number
  advance(ms: number): void
  /** How far `advance` has moved the time so far, in milliseconds. */
  readonly advancedMs: number
  /** Sets how far the time is moved, in milliseconds. Unlike `advance`, it can move the time back, to a saved state. */
  restore(advancedMs: number): void
}

export function createClock(wallClock: () => number, notify: () => void): Clock {
  let advancedMs = 0
  const now = () => wallClock() + advancedMs

  return {
    now,
    seconds: () => Math.floor(now() / 1000),
    advance(ms) {
      // Going back would make expired tokens valid again, which the platform never does.
      if (!Number.isFinite(ms) || ms < 0) throw new RangeError(`advance: "ms" must be 0 or more, got ${ms}`)
      advancedMs += ms
      notify()
    },
    get advancedMs() {
      return advancedMs
    },
    restore(ms) {
      advancedMs = ms
      notify()
    },
  }
}

// China has one time zone and no daylight saving time, so its offset to UTC is always eight hours.
const chinaOffsetMs = 8 * 3_600_000

/** The day in China, such as `2026-03-01`: the platform's daily quotas begin anew at its midnight. */
export function chinaDay(now: number): string {
  return new Date(now + chinaOffsetMs).toISOString().slice(0, 10)
}

/** The month in China, such as `2026-03`. */
export function chinaMonth(now: number): string {
  return chinaDay(now).slice(0, 7)
}
