import type { ReleaseSlot } from '../util/semaphore.js'

/** A running download, with what decides whether it loses its slot to another one. */
export interface Download {
  /** Returns the client's network, such as an IPv4 address. It is called only if all slots are taken. */
  getNetwork(): string
  /** Whether the request has a login or a service key. Its download is then never cut. */
  readonly isKnownCaller: boolean
  isSlow(): boolean
  /** Ends the download by destroying its response, so that the client sees that it is incomplete. */
  cut(): void
}

/** Limits how many downloads run at once. Slow receivers of one network can't lock the other networks out. */
export interface DownloadSlots {
  /**
   * Acquires a slot. If all are taken, it cuts a download for that: the oldest slow one of the network with the most
   * slots, if these are more than the slots of this download's network. Returns undefined if there is none to cut.
   */
  acquire(download: Download, maxInUse: number): ReleaseSlot | undefined
}

export function createDownloadSlots(): DownloadSlots {
  /** The running downloads, in the order in which they began. */
  const downloads = new Set<Download>()

  function countByNetwork(): Map<string, number> {
    const counts = new Map<string, number>()
    for (const download of downloads) {
      const network = download.getNetwork()
      counts.set(network, (counts.get(network) ?? 0) + 1)
    }
    return counts
  }

  /** Finds the oldest slow download of the network with the most slots, if these are more than the newcomer's. */
  function findSlowest(newcomer: Download): Download | undefined {
    const counts = countByNetwork()
    const getCount = (download: Download) => counts.get(download.getNetwork()) ?? 0
    let found: Download | undefined
    let mostSlots = getCount(newcomer)
    for (const download of downloads) {
      if (download.isKnownCaller || getCount(download) <= mostSlots || !download.isSlow()) continue
      found = download
      mostSlots = getCount(download)
    }
    return found
  }

  return {
    acquire(download, maxInUse) {
      const slow = downloads.size === maxInUse ? findSlowest(download) : undefined
      if (slow) {
        downloads.delete(slow)
        slow.cut()
      }
      if (downloads.size >= maxInUse) return undefined
      downloads.add(download)
      return () => downloads.delete(download)
    },
  }
}
