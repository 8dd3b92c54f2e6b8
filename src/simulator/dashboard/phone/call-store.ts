import type { CallsMessage, LoggedCall } from '../../protocol/bridge.js'
import { Observable } from '../ui/observable.js'

const longestLog = 300

export interface StoredCall extends LoggedCall {
  key: string
  /** The page that called. */
  url: string
}

/** What the pages in the phone have called, the latest first. It is kept when the phone goes to another page. */
export class CallStore extends Observable {
  calls: readonly StoredCall[] = []

  add({ pageId, url, calls }: CallsMessage): void {
    const byKey = new Map(this.calls.map(call => [call.key, call]))
    for (const call of calls) {
      const key = `${pageId} ${call.index}`
      byKey.set(key, { ...call, key, url: byKey.get(key)?.url ?? url })
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
