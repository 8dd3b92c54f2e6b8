import type { Request } from 'express'
import type {} from 'express-session'

/** How long the id of an ended session is remembered. Requests that began before the end are over by then. */
const REMEMBERED_MS = 3_600_000
const MAX_REMEMBERED = 10_000

/** For each session store, the ids of the sessions that this process ended, with the time of the end. */
const endedSessions = new WeakMap<object, Map<string, number>>()

/**
 * Remembers that a session ended. express-session writes the whole session at the end of each request that changed
 * it, so a request that is under way brings the ended session back into the store, and with `rolling` or `maxAge`
 * also its cookie into the browser.
 */
export function rememberEndedSession(store: object, sessionId: string): void {
  const ended = endedSessions.get(store) ?? new Map<string, number>()
  endedSessions.set(store, ended)
  ended.set(sessionId, Date.now())
  for (const [id, endedAt] of ended) {
    // A Map keeps the order of insertion, so the loop ends at the first entry that may stay.
    if (ended.size <= MAX_REMEMBERED && Date.now() - endedAt < REMEMBERED_MS) break
    ended.delete(id)
  }
}

/** Whether this process ended the request's session. The values of an ended session must not be used. */
export function isSessionEnded(req: Request): boolean {
  const store: object | undefined = req.sessionStore
  return store !== undefined && endedSessions.get(store)?.has(req.sessionID) === true
}
