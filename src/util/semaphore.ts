/** Gives a slot back. A second call does nothing. */
export type ReleaseSlot = () => void

/** Limits how many tasks run at once. */
export interface Semaphore {
  /**
   * Waits for a slot, first come, first served.
   * @throws the signal's reason if it aborts first; the caller then leaves the queue
   */
  acquire(signal?: AbortSignal): Promise<ReleaseSlot>
  /** Takes a slot at once. Returns undefined if all are in use, or as many as `maxInUse`. */
  tryAcquire(maxInUse?: number): ReleaseSlot | undefined
}

export function createSemaphore(slots: number): Semaphore {
  /** Grant a slot to a caller that waits for one; in the order of their calls. */
  const waiters = new Set<(release: ReleaseSlot) => void>()
  let inUse = 0

  function createRelease(): ReleaseSlot {
    let isReleased = false
    return () => {
      if (isReleased) return
      isReleased = true
      releaseOne()
    }
  }

  /** Passes the slot directly to the first waiter: a caller that arrives now cannot take it first. */
  function releaseOne(): void {
    const [grant] = waiters
    if (grant) {
      waiters.delete(grant)
      grant(createRelease())
    } else {
      inUse -= 1
    }
  }

  function tryAcquire(maxInUse = slots): ReleaseSlot | undefined {
    if (inUse >= Math.min(slots, maxInUse)) return undefined
    inUse += 1
    return createRelease()
  }

  async function acquire(signal?: AbortSignal): Promise<ReleaseSlot> {
    signal?.throwIfAborted()
    const release = tryAcquire()
    if (release) return release
    const { promise, resolve, reject } = Promise.withResolvers<ReleaseSlot>()
    const onAbort = () => {
      waiters.delete(grant)
      reject(signal?.reason)
    }
    const grant = (granted: ReleaseSlot) => {
      signal?.removeEventListener('abort', onAbort)
      resolve(granted)
    }
    waiters.add(grant)
    signal?.addEventListener('abort', onAbort, { once: true })
    return promise
  }

  return { acquire, tryAcquire }
}
