import type { CallsMessage, LoggedCall } from '../../protocol/bridge.js'
import { Observable } from '../ui/observable.js'

const longestLog = 300

export interface StoredCall extends LoggedCall {
  key: string
  /** The address of the page that made the call. */
  url: string
}

/** What the pages in the phone have called, the latest first. It is kept when the phone goes to another page. */
export class CallStore extends Observable {
  calls: readonly StoredCall[] = []
  readonly #now: () => number

  /** `now` is the simulated time: pages tell the real one, which differs after a jump. */
  constructor(now: () => number) {
    super()
    this.#now = now
  }

  add({ pageId, url, calls }: CallsMessage): void {
    const aheadMs = this.#now() - Date.now()
    const byKey = new Map(this.calls.map(call => [call.key, call]))
    for (const call of calls) {
      const key = `${pageId} ${call.index}`
      const known = byKey.get(key)
      byKey.set(key, { ...call, key, url: known?.url ?? url, at: known?.at ?? call.at + aheadMs })
    }
    this.calls = [...byKey.values()]
      .sort((one, other) => other.at - one.at || other.index - one.index)
      .slice(0, longestLog)
    this.notify()
  }

  clear(): void {
    this.calls = []
    this.notify()
  }
}
