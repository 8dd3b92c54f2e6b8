import type { Response } from 'express'
import { describe, expect, it } from 'vitest'
import { createReceiver } from '../../../src/media/send/receiver.ts'
import { ManualClock } from '../../support/manual-clock.ts'

/** A response whose bytes wait until the test takes them. */
function createResponse() {
  const waiting = { bytes: 0 }
  const response = {
    get writableLength() {
      return waiting.bytes
    },
    write(data: Buffer) {
      waiting.bytes += data.length
      return false
    },
  }
  return { res: response as unknown as Response, waiting }
}

function createSlowTest() {
  const clock = new ManualClock()
  const { res, waiting } = createResponse()
  const receiver = createReceiver(res, clock)
  /** For so many seconds it takes so many bytes a second, and gets as many. */
  function takeFor(seconds: number, bytesPerSecond: number): void {
    for (let second = 0; second < seconds; second++) {
      clock.advance(1_000)
      waiting.bytes = Math.max(0, waiting.bytes - bytesPerSecond)
      receiver.write(Buffer.alloc(bytesPerSecond))
    }
  }
  receiver.write(Buffer.alloc(1_000_000))
  return { clock, receiver, takeFor }
}

describe('a receiver', () => {
  it('is slow below 16 kB/s, and not at or above it', () => {
    for (const [rate, isSlow] of [
      [15_900, true],
      [16_000, false],
      [1_000_000, false],
    ] as const) {
      const { receiver, takeFor } = createSlowTest()
      takeFor(30, rate)
      expect({ rate, isSlow: receiver.isSlow() }).toEqual({ rate, isSlow })
    }
  })

  it('has ten seconds of grace', () => {
    const { clock, receiver } = createSlowTest()

    clock.advance(9_999)
    expect(receiver.isSlow()).toBe(false)
    clock.advance(1)
    expect(receiver.isSlow()).toBe(true)
  })

  it('is slow 20 s after it has stopped being fast, however fast it was', () => {
    const { receiver, takeFor } = createSlowTest()
    takeFor(60, 900_000)
    expect(receiver.isSlow()).toBe(false)

    takeFor(21, 8_000)
    expect(receiver.isSlow()).toBe(true)
    takeFor(21, 100_000)
    expect(receiver.isSlow()).toBe(false)
  })

  it('is slow ten seconds after the last byte that it took', () => {
    const { clock, receiver, takeFor } = createSlowTest()
    takeFor(60, 900_000)

    clock.advance(10_000)
    expect(receiver.isSlow()).toBe(true)
  })

  it('is not slow while WeChat has sent nothing', () => {
    const clock = new ManualClock()
    const receiver = createReceiver(createResponse().res, clock)

    clock.advance(60_000)
    expect(receiver.isSlow()).toBe(false)
  })
})
