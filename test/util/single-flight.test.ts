import { describe, expect, it, vi } from 'vitest'
import { createSingleFlight } from '../../src/util/single-flight.ts'

describe('a single flight', () => {
  it('runs the work once for all callers of one key, and gives all of them its result', async () => {
    const flights = createSingleFlight<string, number>()
    const { promise, resolve } = Promise.withResolvers<number>()
    const work = vi.fn(() => promise)
    const waiters = [flights.run('a', work), flights.run('a', work), flights.run('a', work)]
    resolve(7)
    expect(await Promise.all(waiters)).toEqual([7, 7, 7])
    expect(work).toHaveBeenCalledTimes(1)
  })

  it('keeps keys apart', async () => {
    const flights = createSingleFlight<string, string>()
    expect(await Promise.all(['a', 'b'].map(key => flights.run(key, async () => key)))).toEqual(['a', 'b'])
  })

  it('keeps neither a result nor a failure: the next call runs the work again', async () => {
    const flights = createSingleFlight<string, string>()
    const outcomes = [() => Promise.reject(new Error('first')), async () => 'second', async () => 'third']
    const results: unknown[] = []
    for (const work of outcomes) results.push(await flights.run('a', work).catch(error => error.message))
    expect(results).toEqual(['first', 'second', 'third'])
    expect(flights.isInFlight('a')).toBe(false)
  })

  it('rejects if the work throws before its first await', async () => {
    const flights = createSingleFlight<string, never>()
    const given = flights.run('a', () => {
      throw new Error('at once')
    })
    await expect(given).rejects.toThrow('at once')
    expect(flights.isInFlight('a')).toBe(false)
  })

  it('lets a waiter stop waiting, which neither the work nor the other waiters notice', async () => {
    const flights = createSingleFlight<string, string>()
    const { promise, resolve } = Promise.withResolvers<string>()
    let signal: AbortSignal | undefined
    const work = (given: AbortSignal) => {
      signal = given
      return promise
    }
    const impatient = new AbortController()
    const first = flights.run('a', work, { signal: impatient.signal })
    const second = flights.run('a', work)
    impatient.abort(new Error('gone'))
    await expect(first).rejects.toThrow('gone')
    expect(signal?.aborted).toBe(false)
    resolve('done')
    expect(await second).toBe('done')
  })

  it('does not start for a caller whose signal has aborted before', async () => {
    const work = vi.fn(async () => 'never')
    const signal = AbortSignal.abort(new Error('before'))
    await expect(createSingleFlight().run('a', work, { signal })).rejects.toThrow('before')
    expect(work).not.toHaveBeenCalled()
  })

  it.each([
    ['goes on without waiters by default', false],
    ['is aborted without waiters if it was made so', true],
  ])('%s', async (_, abortsWithoutWaiters) => {
    const flights = createSingleFlight<string, string>({ abortsWithoutWaiters })
    const signals: AbortSignal[] = []
    const work = (signal: AbortSignal) => {
      signals.push(signal)
      return new Promise<string>((_resolve, reject) => {
        signal.addEventListener('abort', () => reject(signal.reason))
      })
    }
    const waiters = [new AbortController(), new AbortController()]
    const given = waiters.map(({ signal }) => flights.run('a', work, { signal }).catch(error => error))
    waiters[0]?.abort()
    await given[0]
    expect(signals[0]?.aborted).toBe(false)
    waiters[1]?.abort()
    await given[1]
    expect(signals[0]?.aborted).toBe(abortsWithoutWaiters)
    expect(flights.isInFlight('a')).toBe(!abortsWithoutWaiters)
  })
})
