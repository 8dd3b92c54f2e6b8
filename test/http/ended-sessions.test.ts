import type { Request } from 'express'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { isSessionEnded, rememberEndedSession } from '../../src/http/ended-sessions.ts'

const HOUR_MS = 3_600_000
const MAX_REMEMBERED = 10_000

beforeEach(() => void vi.useFakeTimers({ toFake: ['Date'] }))
afterEach(() => void vi.useRealTimers())

function isEnded(sessionStore: object | undefined, sessionID: string): boolean {
  return isSessionEnded({ sessionStore, sessionID } as unknown as Request)
}

it('knows a session that ended by its store and its id', () => {
  const [store, otherStore] = [{}, {}]
  rememberEndedSession(store, 'a')
  expect([isEnded(store, 'a'), isEnded(store, 'b'), isEnded(otherStore, 'a')]).toEqual([true, false, false])
})

it('knows no session as ended if there is no session middleware', () => {
  expect(isEnded(undefined, 'a')).toBe(false)
})

it('forgets a session an hour after its end, and not before', () => {
  const store = {}
  rememberEndedSession(store, 'a')
  vi.advanceTimersByTime(HOUR_MS - 1)
  rememberEndedSession(store, 'b')
  expect(isEnded(store, 'a')).toBe(true)
  vi.advanceTimersByTime(1)
  rememberEndedSession(store, 'c')
  expect([isEnded(store, 'a'), isEnded(store, 'b')]).toEqual([false, true])
})

it('remembers ten thousand sessions of a store, and forgets the oldest first', () => {
  const store = {}
  for (let number = 0; number <= MAX_REMEMBERED; number++) rememberEndedSession(store, `id ${number}`)
  expect([isEnded(store, 'id 0'), isEnded(store, 'id 1'), isEnded(store, `id ${MAX_REMEMBERED}`)]).toEqual([
    false,
    true,
    true,
  ])
})
