/** Releases a slot of a semaphore. A second call does nothing. */
export type ReleaseSlot = () => void

/** Limits how many tasks run at once. */
export interface Semaphore {
  /**
   * Waits for a slot. A free slot goes to the group that holds the fewest slots; of several such groups, to the one
   * that was served longest ago; within a group, to the caller that came first.
   * @param group names those for whom the task runs, such as a client's network, so that many tasks of one group delay
   * a task of another group by one task at most
   * @throws the signal's reason if it aborts first; the caller then leaves the queue
   */
  acquire(signal?: AbortSignal, group?: string): Promise<ReleaseSlot>
}

interface Waiter {
  group: string
  grant(release: ReleaseSlot): void
}

interface Group {
  inUse: number
  /** The serial number of the last slot that the group got; 0 if it has got none. */
  lastGrant: number
}

export function createSemaphore(slots: number): Semaphore {
  /** The waiters, in the order of their calls. */
  const waiters = new Set<Waiter>()
  const groups = new Map<string, Group>()
  let inUse = 0
  let grants = 0

  function takeSlot(group: string): ReleaseSlot {
    inUse += 1
    grants += 1
    groups.set(group, { inUse: getGroup(group).inUse + 1, lastGrant: grants })
    let isReleased = false
    return () => {
      if (isReleased) return
      isReleased = true
      releaseSlot(group)
    }
  }

  /** Passes the slot directly to the next waiter, so that a caller that arrives now cannot take it first. */
  function releaseSlot(group: string): void {
    inUse -= 1
    const { inUse: inUseOfGroup, lastGrant } = getGroup(group)
    groups.set(group, { inUse: inUseOfGroup - 1, lastGrant })
    const next = findNext()
    if (next) {
      waiters.delete(next)
      next.grant(takeSlot(next.group))
    } else if (inUse === 0) {
      groups.clear()
    }
  }

  function findNext(): Waiter | undefined {
    let next: Waiter | undefined
    for (const waiter of waiters) {
      if (!next || isBefore(getGroup(waiter.group), getGroup(next.group))) next = waiter
    }
    return next
  }

  function getGroup(group: string): Group {
    return groups.get(group) ?? { inUse: 0, lastGrant: 0 }
  }

  async function acquire(signal?: AbortSignal, group = ''): Promise<ReleaseSlot> {
    signal?.throwIfAborted()
    if (inUse < slots) return takeSlot(group)
    const { promise, resolve, reject } = Promise.withResolvers<ReleaseSlot>()
    const onAbort = () => {
      waiters.delete(waiter)
      reject(signal?.reason)
    }
    const waiter: Waiter = {
      group,
      grant(release) {
        signal?.removeEventListener('abort', onAbort)
        resolve(release)
      },
    }
    waiters.add(waiter)
    signal?.addEventListener('abort', onAbort, { once: true })
    return promise
  }

  return { acquire }
}

function isBefore(group: Group, other: Group): boolean {
  return group.inUse === other.inUse ? group.lastGrant < other.lastGrant : group.inUse < other.inUse
}
