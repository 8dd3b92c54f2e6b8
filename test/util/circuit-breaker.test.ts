import { describe, expect, it, vi } from 'vitest'
import { createCircuitBreaker } from '../../src/util/circuit-breaker.ts'
import { ManualClock } from '../support/manual-clock.ts'

const DEADLINE_MS = 300

function breakerBench() {
  const clock = new ManualClock()
  const guard = createCircuitBreaker({
    clock,
    deadlineMs: DEADLINE_MS,
    readReason: error => String(error).replace(/.*:/s, ''),
    timeoutReason: 'timeout',
    isDown: reason => reason !== 'refusal',
    unavailable: reason => new Error(`unavailable (${reason})`),
  })
  const failing = vi.fn(() => Promise.reject(new Error('secret:lost')))
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
    await expect(guard(failing)).rejects.toThrow(/^unavailable \(lost\)$/)
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

  it('does not count refusals, which say that the service is up', async () => {
    const { guard, failing, working } = breakerBench()
    const refusing = () => Promise.reject(new Error('secret:refusal'))
    for (const ask of [failing, failing, refusing, failing, refusing, refusing, refusing]) {
      await guard(ask).catch(() => {})
    }
    expect(await guard(working)).toBe('answer')
  })

  it('names the reason of the last failure while it is open, and the timeout as one', async () => {
    const { clock, guard, working, open } = breakerBench()
    await open()
    await expect(guard(working)).rejects.toThrow('unavailable (lost)')
    clock.advance(2_000)
    const probe = guard(() => new Promise<never>(() => {}))
    clock.advance(DEADLINE_MS)
    await expect(probe).rejects.toThrow('unavailable (timeout)')
    await expect(guard(working)).rejects.toThrow('unavailable (timeout)')
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
