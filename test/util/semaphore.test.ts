import { describe, expect, it } from 'vitest'
import { createSemaphore, type ReleaseSlot, type Semaphore } from '../../src/util/semaphore.ts'

/** Starts to wait for slots; the numbers of those that got one are in `granted`, in the order of the grants. */
function acquireMany(semaphore: ReturnType<typeof createSemaphore>, count: number) {
  const granted: number[] = []
  const slots = Array.from({ length: count }, async (_, number) => {
    const release = await semaphore.acquire()
    granted.push(number)
    return release
  })
  return { granted, slots }
}

/** Lets every promise settle that can. */
function settle(): Promise<void> {
  return new Promise(resolve => setImmediate(resolve))
}

/** Takes a slot if there is a free one. */
async function tryAcquire(semaphore: Semaphore): Promise<ReleaseSlot | undefined> {
  const patience = new AbortController()
  const slot = semaphore.acquire(patience.signal).catch(() => undefined)
  await settle()
  patience.abort()
  return slot
}

describe('createSemaphore', () => {
  it('grants so many slots at once, and the others in the order of the calls', async () => {
    const { granted, slots } = acquireMany(createSemaphore(2), 4)
    await settle()
    expect(granted).toEqual([0, 1])

    ;(await slots[1])?.()
    await settle()
    expect(granted).toEqual([0, 1, 2])

    ;(await slots[0])?.()
    await settle()
    expect(granted).toEqual([0, 1, 2, 3])
  })

  it('releases a slot once, however often the function is called', async () => {
    const semaphore = createSemaphore(1)
    const release = await semaphore.acquire()
    release()
    release()

    expect(await tryAcquire(semaphore)).toBeDefined()
    expect(await tryAcquire(semaphore)).toBeUndefined()
  })

  it('passes a released slot to the waiter, not to a caller that arrives in between', async () => {
    const semaphore = createSemaphore(1)
    const release = await semaphore.acquire()
    const waiting = semaphore.acquire()
    release()

    expect(await tryAcquire(semaphore)).toBeUndefined()
    ;(await waiting)()
    expect(await tryAcquire(semaphore)).toBeDefined()
  })

  it('lets a waiter leave the queue when its signal aborts', async () => {
    const semaphore = createSemaphore(1)
    const release = await semaphore.acquire()
    const impatient = new AbortController()
    const second = semaphore.acquire(impatient.signal)
    const third = semaphore.acquire()
    impatient.abort(new Error('gone'))
    await expect(second).rejects.toThrow('gone')

    release()
    ;(await third)()
    expect(await tryAcquire(semaphore)).toBeDefined()
  })

  it('takes no slot for a signal that has aborted before', async () => {
    const semaphore = createSemaphore(1)
    await expect(semaphore.acquire(AbortSignal.abort(new Error('gone')))).rejects.toThrow('gone')

    expect(await tryAcquire(semaphore)).toBeDefined()
  })

  it('keeps a granted slot when the signal aborts afterwards', async () => {
    const semaphore = createSemaphore(1)
    const release = await semaphore.acquire()
    const caller = new AbortController()
    const waiting = semaphore.acquire(caller.signal)
    release()
    const releaseAgain = await waiting
    caller.abort()

    expect(await tryAcquire(semaphore)).toBeUndefined()
    releaseAgain()
    expect(await tryAcquire(semaphore)).toBeDefined()
  })

  it.each([1, 2])('serves another group next, however many of one wait (%i slots)', async slots => {
    const semaphore = createSemaphore(slots)
    const granted: string[] = []
    const take = async (group: string) => {
      const release = await semaphore.acquire(undefined, group)
      granted.push(group)
      return release
    }
    const busy = Array.from({ length: slots + 10 }, () => take('busy'))
    const other = take('other')
    await settle()
    expect(granted).toEqual(Array.from({ length: slots }, () => 'busy'))

    ;(await busy[0])?.()
    ;(await other)()
    await settle()

    expect(granted.slice(slots)).toEqual(['other', 'busy'])
  })

  it('serves the groups in turns', async () => {
    const semaphore = createSemaphore(1)
    const first = await semaphore.acquire(undefined, 'a')
    const granted: string[] = []
    const waiting = ['a', 'a', 'b', 'b', 'c'].map(async group => {
      const release = await semaphore.acquire(undefined, group)
      granted.push(group)
      release()
    })
    first()
    await Promise.all(waiting)

    expect(granted).toEqual(['b', 'c', 'a', 'b', 'a'])
  })
})
