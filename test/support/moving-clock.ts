import type { Clock } from 'express-wechat'

export interface MovingClock extends Clock {
  advance(ms: number): void
}

/** A clock that stands still until a test moves it. Who sleeps on it wakes at once, later. */
export function movingClock(): MovingClock {
  let now = 0
  const advance = (ms: number) => {
    now += ms
  }
  return {
    advance,
    wallMs: () => 1_700_000_000_000 + now,
    monotonicMs: () => now,
    sleep: async ms => advance(ms),
  }
}
