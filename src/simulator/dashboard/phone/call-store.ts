import type { CallsMessage, LoggedCall } from '../../protocol/bridge.js'
import { Observable } from '../ui/observable.js'

const longestLog = 300

export interface StoredCall extends LoggedCall {
  key: string
  /** The address of the page that made the call. */
  url: string
}

/** The latest 300 calls of the pages in the phone, the newest first. They stay if the phone opens another page. */
export class CallStore extends Observable {
  calls: readonly StoredCall[] = []
  readonly #now: () => number

  /** `now` is the simulated time, to which calls are converted: pages report the real time. */
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
