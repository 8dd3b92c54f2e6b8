import { subscribe, unsubscribe } from 'node:diagnostics_channel'

/** Collects what a diagnostics channel publishes. */
export function listenTo(name: string): { stop(): unknown[] } {
  const messages: unknown[] = []
  const collect = (message: unknown) => void messages.push(message)
  subscribe(name, collect)
  return {
    stop() {
      unsubscribe(name, collect)
      return messages
    },
  }
}
