import { describe, expect, it, vi } from 'vitest'
import { createCircuitBreaker } from '../../src/util/circuit-breaker.ts'
import { ManualClock } from '../support/manual-clock.ts'

const DEADLINE_MS = 300

function breakerBench() {
  const clock = new ManualClock()
  const guard = createCircuitBreaker({
    clock,
    deadlineMs: DEADLINE_MS,
    unavailable: () => new Error('unavailable'),
  })
  const failing = vi.fn(() => Promise.reject(new Error('redis://user:secret@host')))
  const working = vi.fn(async () => 'answer')
  async function open(): Promise<void> {
    for (let count = 0; count < 3; count++) await expect(guard(failing)).rejects.toThrow('unavailable')
  }
  return { clock, guard, failing, working, open }
}

describe('a circuit breaker', () => {
  it('passes answers on, and replaces errors by its own', async () => {
    const { guard, failing, working } = breakerBench()
    expect(await guard(working)).toBe('answer')
    await expect(guard(failing)).rejects.toThrow(/^unavailable$/)
  })

  it('opens after three failures in a row, and then fails at once for two seconds', async () => {
    const { clock, guard, working, open } = breakerBench()
    await open()
    clock.advance(1_999)
    await expect(guard(working)).rejects.toThrow('unavailable')
    expect(working).not.toHaveBeenCalled()
    clock.advance(1)
    expect(await guard(working)).toBe('answer')
  })

  it('counts failures in a row only: a success between them keeps it closed', async () => {
    const { guard, failing, working } = breakerBench()
    for (const ask of [failing, failing, working, failing, failing]) await guard(ask).catch(() => {})
    expect(await guard(working)).toBe('answer')
  })

  it('is probed by one call after that time; the others fail at once until the probe has ended', async () => {
    const { clock, guard, working, open } = breakerBench()
    await open()
    clock.advance(2_000)
    const { promise, resolve } = Promise.withResolvers<string>()
    const probe = guard(() => promise)
    await expect(guard(working)).rejects.toThrow('unavailable')
    expect(working).not.toHaveBeenCalled()
    resolve('back')
    expect(await probe).toBe('back')
    expect(await guard(working)).toBe('answer')
  })

  it('opens again after a probe that failed', async () => {
    const { clock, guard, failing, working, open } = breakerBench()
    await open()
    clock.advance(2_000)
    await expect(guard(failing)).rejects.toThrow('unavailable')
    await expect(guard(working)).rejects.toThrow('unavailable')
    expect(working).not.toHaveBeenCalled()
  })

  it('gives up after the deadline, and hands over the answer that comes later', async () => {
    const { clock, guard } = breakerBench()
    const { promise, resolve } = Promise.withResolvers<string>()
    const onLateAnswer = vi.fn()
    const given = guard(() => promise, onLateAnswer)
    clock.advance(DEADLINE_MS)
    await expect(given).rejects.toThrow('unavailable')
    resolve('late')
    await promise
    await new Promise(setImmediate)
    expect(onLateAnswer).toHaveBeenCalledExactlyOnceWith('late')
  })

  it('takes an answer that lay in the socket while the event loop was blocked', async () => {
    const { clock, guard } = breakerBench()
    const { promise, resolve } = Promise.withResolvers<string>()
    const given = guard(() => promise)
    clock.advance(DEADLINE_MS)
    await Promise.resolve()
    resolve('in time')
    expect(await given).toBe('in time')
  })
})
