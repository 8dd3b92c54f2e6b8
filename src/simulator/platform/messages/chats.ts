import type { ChatEntry } from '../../protocol/messages.js'
import type { Clock } from '../../util/clock.js'

type NewChatEntry = Omit<ChatEntry, 'id' | 'at'>

/** The conversations of all people with the account. They are not part of a saved state. */
export interface Chats {
  /** The last 500 lines with this person, the oldest first. */
  entries(personId: string): readonly ChatEntry[]
  /** Adds a line, and returns it for later changes. */
  add(personId: string, entry: NewChatEntry): ChatEntry
  /** Marks a line as no longer pending after its push has ended, and adds the reason of a failure, if any. */
  settle(entry: ChatEntry, reason: string | undefined): void
  clear(): void
}

const longestChat = 500

export function createChats(clock: Clock, notify: () => void): Chats {
  const chats = new Map<string, ChatEntry[]>()
  let lastId = 0

  return {
    entries: personId => chats.get(personId) ?? [],
    add(personId, entry) {
      lastId += 1
      const added: ChatEntry = { id: lastId, at: clock.now(), ...entry }
      chats.set(personId, [...(chats.get(personId) ?? []), added].slice(-longestChat))
      notify()
      return added
    },
    settle(entry, reason) {
      delete entry.isPending
      if (reason !== undefined) entry.reason = reason
      notify()
    },
    clear() {
      chats.clear()
      notify()
    },
  }
}
