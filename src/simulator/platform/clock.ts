/** The wall clock of the simulated platform: real time plus what `advance` added to it. */
export interface Clock {
  /** Milliseconds since the epoch. */
  now(): number
  /** Whole seconds since the epoch, the unit of nearly everything that the platform says. */
  seconds(): number
  advance(ms: number): void
}

export function createClock(wallClock: () => number): Clock {
  let advancedMs = 0
  const now = () => wallClock() + advancedMs

  return {
    now,
    seconds: () => Math.floor(now() / 1000),
    advance(ms) {
      // Tokens that came back to life would be a platform that does not exist.
      if (!Number.isFinite(ms) || ms < 0) throw new RangeError(`advance: "ms" must be 0 or more, got ${ms}`)
      advancedMs += ms
    },
  }
}
