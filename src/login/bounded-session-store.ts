import { type SessionData, Store } from 'express-session'
import { z } from 'zod'
import { unavailableError } from '../errors/create-error.js'
import { startDeadline } from '../util/deadline.js'
import { parseOptions } from '../util/parse-options.js'

type Callback<Value> = (error?: unknown, value?: Value | null) => void

/** The options of {@link boundedSessionStore}. */
export interface BoundedSessionStoreOptions {
  /** The longest time for one call to the store, in milliseconds. @default 500 */
  timeoutMs?: number | undefined
}

const storeSchema = z.object({
  store: z.custom<Store>(isSessionStore, 'must be a session store of express-session'),
})

const optionsSchema = z.strictObject({
  timeoutMs: z
    .number('must be a number of milliseconds')
    .min(1, 'must be at least 1 (millisecond)')
    .max(60_000, 'must be at most 60000 (milliseconds)')
    .default(500),
})

/**
 * Gives a session store a time limit, and treats a damaged session as absent. A call without an answer in time, as from
 * a frozen Redis, fails with a {@link WechatUnavailableError}, which express-session passes to the app's error handler.
 * If a stored text is no JSON, or no session, the browser gets a new session. Each of its requests would otherwise fail.
 *
 * @example
 * app.use(session({ store: boundedSessionStore(new RedisStore({ client }), { timeoutMs: 300 }), secret, … }))
 *
 * @throws {WechatConfigError} naming the option
 */
export function boundedSessionStore(store: Store, options: BoundedSessionStoreOptions = {}): Store {
  parseOptions('boundedSessionStore', storeSchema, { store })
  const { timeoutMs } = parseOptions('boundedSessionStore', optionsSchema, options)
  return new BoundedSessionStore(store, timeoutMs)
}

/** The inherited `regenerate` and `load` call `destroy` and `get` of this class, so they have the time limit too. */
class BoundedSessionStore extends Store {
  readonly #store: Store
  readonly #timeoutMs: number

  constructor(store: Store, timeoutMs: number) {
    super()
    this.#store = store
    this.#timeoutMs = timeoutMs
    // The wrapper passes these events on: express-session does not call a store between "disconnect" and "connect".
    for (const event of ['connect', 'disconnect']) store.on(event, () => this.emit(event))
    // express-session checks whether a store has `touch`, so it must be missing if the store has none.
    if (store.touch) {
      this.touch = (id, session, callback) =>
        this.#bound<void>(done => store.touch?.(id, session, done), callback)
    }
    if (store.all) this.all = callback => this.#bound(done => store.all?.(done), callback)
    if (store.length) {
      this.length = callback =>
        this.#bound<number>(
          done => store.length?.(done),
          (error, count) => callback(error, count ?? 0),
        )
    }
    if (store.clear) this.clear = callback => this.#bound<void>(done => store.clear?.(done), callback)
  }

  get(id: string, callback: (error: unknown, session?: SessionData | null) => void): void {
    this.#bound<SessionData>(
      done => this.#store.get(id, done),
      (error, session) => {
        if (isDamage(error) || !isSession(session)) callback(null, null)
        else callback(error, session)
      },
    )
  }

  set(id: string, session: SessionData, callback?: (error?: unknown) => void): void {
    this.#bound<void>(done => this.#store.set(id, session, done), callback)
  }

  destroy(id: string, callback?: (error?: unknown) => void): void {
    this.#bound<void>(done => this.#store.destroy(id, done), callback)
  }

  #bound<Value>(ask: (done: Callback<Value>) => unknown, callback: Callback<Value> | undefined): void {
    let isOver = false
    const end: Callback<Value> = (error, value) => {
      // The call has ended already, so a late or second answer is dropped.
      if (isOver) return
      isOver = true
      deadline.clear()
      callback?.(error, value)
    }
    const deadline = startDeadline(this.#timeoutMs, () => end(storeError('did not answer in time')))
    try {
      const asked = ask((error, value) => end(error ? toStoreError(error) : null, value))
      // An async method of a store can reject without calling back. Unhandled, the rejection would end the process.
      if (asked instanceof Promise) asked.catch(error => end(toStoreError(error)))
    } catch (error) {
      end(toStoreError(error))
    }
  }
}

function toStoreError(error: unknown): unknown {
  // express-session takes ENOENT for "no such session", so it gets this error unchanged.
  if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return error
  if (isDamage(error)) return error
  return storeError(`failed (${error instanceof Error ? error.name : 'unknown error'})`)
}

/** Whether the stored text is damaged: stores parse it by JSON.parse, which throws a SyntaxError for it. */
function isDamage(error: unknown): boolean {
  return error instanceof SyntaxError
}

/** Whether express-session can use a stored value. It can use a missing one too: it then begins a new session. */
function isSession(value: unknown): boolean {
  if (value === undefined || value === null) return true
  if (typeof value !== 'object' || !('cookie' in value)) return false
  const { cookie } = value
  if (typeof cookie !== 'object' || cookie === null) return false
  const expires: unknown = 'expires' in cookie ? cookie.expires : undefined
  return typeof expires !== 'string' || !Number.isNaN(Date.parse(expires))
}

/** Makes an error without a `cause`, because the errors of Redis clients hold addresses and the values sent. */
function storeError(detail: string): Error {
  return unavailableError('session_unavailable', `The session store ${detail}`)
}

function isSessionStore(value: unknown): boolean {
  return (
    value instanceof Store || (typeof value === 'object' && value !== null && 'get' in value && 'on' in value)
  )
}
