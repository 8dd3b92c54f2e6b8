import { describe, expect, it } from 'vitest'
import { createSemaphore, type ReleaseSlot } from '../../src/util/semaphore.ts'

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

    expect(semaphore.tryAcquire()).toBeDefined()
    expect(semaphore.tryAcquire()).toBeUndefined()
  })

  it('passes a released slot to the waiter, not to a caller that arrives in between', async () => {
    const semaphore = createSemaphore(1)
    const release = await semaphore.acquire()
    const waiting = semaphore.acquire()
    release()

    expect(semaphore.tryAcquire()).toBeUndefined()
    ;(await waiting)()
    expect(semaphore.tryAcquire()).toBeDefined()
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
    expect(semaphore.tryAcquire()).toBeDefined()
  })

  it('takes no slot for a signal that has aborted before', async () => {
    const semaphore = createSemaphore(1)
    await expect(semaphore.acquire(AbortSignal.abort(new Error('gone')))).rejects.toThrow('gone')

    expect(semaphore.tryAcquire()).toBeDefined()
  })

  it('keeps a granted slot when the signal aborts afterwards', async () => {
    const semaphore = createSemaphore(1)
    const release = await semaphore.acquire()
    const caller = new AbortController()
    const waiting = semaphore.acquire(caller.signal)
    release()
    const releaseAgain = await waiting
    caller.abort()

    expect(semaphore.tryAcquire()).toBeUndefined()
    releaseAgain()
    expect(semaphore.tryAcquire()).toBeDefined()
  })

  it('counts the slots of all callers against the limit of each', () => {
    const semaphore = createSemaphore(Number.POSITIVE_INFINITY)
    const releases: ReleaseSlot[] = []
    for (let i = 0; i < 3; i++) releases.push(semaphore.tryAcquire(3) ?? expect.unreachable())

    expect(semaphore.tryAcquire(3)).toBeUndefined()
    expect(semaphore.tryAcquire(4)).toBeDefined()
    releases[0]?.()
    expect(semaphore.tryAcquire(3)).toBeUndefined()
    releases[1]?.()
    expect(semaphore.tryAcquire(3)).toBeDefined()
  })
})
