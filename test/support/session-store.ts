import session, { type SessionData } from 'express-session'

type Operation = 'get' | 'set' | 'destroy' | 'touch'
type Done = (error?: unknown) => void

/** Keeps sessions as JSON text, like a store across the network. It can be slow, and its operations can fail. */
export class TestSessionStore extends session.Store {
  readonly sessions = new Map<string, string>()
  /** Operations that fail from now on. */
  readonly failing = new Set<Operation>()
  setDelayMs = 0
  sets = 0

  override get(id: string, done: (error: unknown, session?: SessionData | null) => void): void {
    const text = this.sessions.get(id)
    this.#settle('get', 0, error => done(error, text === undefined ? null : JSON.parse(text)))
  }

  override set(id: string, data: SessionData, done: Done = () => {}): void {
    this.sets += 1
    const text = JSON.stringify(data)
    this.#settle('set', this.setDelayMs, error => {
      if (!error) this.sessions.set(id, text)
      done(error)
    })
  }

  override destroy(id: string, done: Done = () => {}): void {
    this.#settle('destroy', 0, error => {
      if (!error) this.sessions.delete(id)
      done(error)
    })
  }

  override touch(_id: string, _data: SessionData, done: Done = () => {}): void {
    this.#settle('touch', 0, done)
  }

  /** All sessions as one text, in which a test can search. */
  get text(): string {
    return [...this.sessions.values()].join('\n')
  }

  #settle(operation: Operation, delayMs: number, done: Done): void {
    const error = this.failing.has(operation) ? new Error(`the store does not ${operation}`) : undefined
    setTimeout(() => done(error), delayMs)
  }
}
