/** Limits how many requests wait at once, in all and for each network. */
export interface WaitingSlots {
  /** Takes a slot for a request of this network, and returns its release; undefined if all slots are taken. */
  take(network: string): (() => void) | undefined
}

export function createWaitingSlots({
  total,
  perNetwork,
}: {
  total: number
  perNetwork: number
}): WaitingSlots {
  /** The number of waiting requests of each network; a network without one has no entry. */
  const counts = new Map<string, number>()
  let taken = 0

  return {
    take(network) {
      const count = counts.get(network) ?? 0
      if (taken >= total || count >= perNetwork) return undefined
      taken += 1
      counts.set(network, count + 1)
      let isReleased = false
      return function release() {
        if (isReleased) return
        isReleased = true
        taken -= 1
        const left = (counts.get(network) ?? 1) - 1
        if (left === 0) counts.delete(network)
        else counts.set(network, left)
      }
    },
  }
}
