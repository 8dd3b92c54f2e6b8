import { describe, expect, it } from 'vitest'
import { createSingleFlight } from '../../src/util/single-flight.ts'

/** A task that a test settles; it keeps the signal of each run. */
function createTask() {
  const runs: { signal: AbortSignal; resolve: (result: string) => void; reject: (error: Error) => void }[] =
    []
  const task = (signal: AbortSignal) => {
    const { promise, resolve, reject } = Promise.withResolvers<string>()
    runs.push({ signal, resolve, reject })
    return promise
  }
  return { runs, task }
}

describe('createSingleFlight', () => {
  it('runs one task for all callers of a key at the same time', async () => {
    const flights = createSingleFlight<string, string>({ abortsWithoutWaiters: true })
    const { runs, task } = createTask()
    const callers = [1, 2, 3].map(() => flights.run('key', task))
    runs[0]?.resolve('result')

    expect(await Promise.all(callers)).toEqual(['result', 'result', 'result'])
    expect(runs).toHaveLength(1)
    expect(runs[0]?.signal.aborted).toBe(false)
  })

  it('runs a task for each key', () => {
    const flights = createSingleFlight<string, string>({ abortsWithoutWaiters: true })
    const { runs, task } = createTask()
    void flights.run('one', task)
    void flights.run('two', task)

    expect(runs).toHaveLength(2)
  })

  it('starts anew after a result, and after an error that all callers get', async () => {
    const flights = createSingleFlight<string, string>({ abortsWithoutWaiters: true })
    const { runs, task } = createTask()
    const failing = [1, 2].map(() => flights.run('key', task))
    runs[0]?.reject(new Error('failed'))
    for (const caller of failing) await expect(caller).rejects.toThrow('failed')

    const first = flights.run('key', task)
    runs[1]?.resolve('first')
    expect(await first).toBe('first')
    const second = flights.run('key', task)
    runs[2]?.resolve('second')
    expect(await second).toBe('second')
  })

  it('lets one caller stop waiting, and goes on for the others', async () => {
    const flights = createSingleFlight<string, string>({ abortsWithoutWaiters: true })
    const { runs, task } = createTask()
    const impatient = new AbortController()
    const first = flights.run('key', task, { signal: impatient.signal })
    const second = flights.run('key', task, { signal: new AbortController().signal })
    impatient.abort(new Error('gone'))
    await expect(first).rejects.toThrow('gone')

    expect(runs[0]?.signal.aborted).toBe(false)
    runs[0]?.resolve('result')
    expect(await second).toBe('result')
  })

  it('aborts the task when its last caller has left, and starts another for the next one', async () => {
    const flights = createSingleFlight<string, string>({ abortsWithoutWaiters: true })
    const { runs, task } = createTask()
    const gone = new AbortController()
    const callers = [1, 2].map(() => flights.run('key', task, { signal: gone.signal }))
    gone.abort(new Error('gone'))
    for (const caller of callers) await expect(caller).rejects.toThrow('gone')
    expect(runs[0]?.signal.aborted).toBe(true)

    const next = flights.run('key', task)
    runs[0]?.reject(new Error('aborted'))
    runs[1]?.resolve('result')
    expect(await next).toBe('result')
  })

  it('rejects if the task throws before its first await, and keeps nothing of it', async () => {
    const flights = createSingleFlight<string, never>()
    const given = flights.run('key', () => {
      throw new Error('at once')
    })
    await expect(given).rejects.toThrow('at once')
    expect(flights.isInFlight('key')).toBe(false)
  })

  it('starts nothing for a signal that has aborted before', async () => {
    const flights = createSingleFlight<string, string>({ abortsWithoutWaiters: true })
    const { runs, task } = createTask()

    await expect(flights.run('key', task, { signal: AbortSignal.abort(new Error('gone')) })).rejects.toThrow(
      'gone',
    )
    expect(runs).toHaveLength(0)
  })

  it('runs the task to its end without callers, unless told to abort it', async () => {
    const flights = createSingleFlight<string, string>()
    const { runs, task } = createTask()
    const gone = new AbortController()
    const first = flights.run('key', task, { signal: gone.signal })
    gone.abort(new Error('gone'))
    await expect(first).rejects.toThrow('gone')

    expect(flights.isInFlight('key')).toBe(true)
    const second = flights.run('key', task)
    expect(runs).toHaveLength(1)
    expect(runs[0]?.signal.aborted).toBe(false)
    runs[0]?.resolve('result')
    expect(await second).toBe('result')
    expect(flights.isInFlight('key')).toBe(false)
  })
})
