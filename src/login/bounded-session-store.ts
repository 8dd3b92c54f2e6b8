import { type SessionData, Store } from 'express-session'
import { z } from 'zod'
import { WechatUnavailableError } from '../errors/errors.js'
import { parseOptions } from '../util/parse-options.js'

type Callback<Value> = (error?: unknown, value?: Value | null) => void

/**
 * Any session store, with an end to waiting: what it has not answered in time fails with a
 * {@link WechatUnavailableError}, also where its Redis is frozen and its client would wait forever.
 * express-session hands that error to the app's error handler.
 *
 * @example
 * app.use(session({ store: boundedSessionStore(new RedisStore({ client })), secret, … }))
 *
 * @param ms the longest wait for one step, in milliseconds
 * @throws {WechatConfigError}
 */
export function boundedSessionStore(store: Store, ms = 500): Store {
  const options = parseOptions('boundedSessionStore', optionsSchema, { store, ms })
  return new BoundedSessionStore(options.store, options.ms)
}

const optionsSchema = z.strictObject({
  store: z.custom<Store>(isSessionStore, 'must be a session store of express-session'),
  ms: z
    .number('must be a number of milliseconds')
    .min(1, 'must be at least 1')
    .max(60_000, 'must be at most 60000'),
})

/** `regenerate`, `load` and `createSession` are inherited: they call the bounded `destroy` and `get`. */
class BoundedSessionStore extends Store {
  readonly #store: Store
  readonly #ms: number

  constructor(store: Store, ms: number) {
    super()
    this.#store = store
    this.#ms = ms
    // express-session stops asking a store that says it is away.
    for (const event of ['connect', 'disconnect']) store.on(event, () => this.emit(event))
    // It looks whether there is a touch, so there must be none where the store has none.
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
    this.#bound<SessionData>(done => this.#store.get(id, done), callback)
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
      // A late answer is nobody's any more.
      if (isOver) return
      isOver = true
      clearTimeout(timer)
      callback?.(error, value)
    }
    const timer = setTimeout(
      // Where it was this process that stood still, the answer is there and only has to be read.
      () => setImmediate(() => end(unavailable('did not answer in time'))),
      this.#ms,
    )
    try {
      const asked = ask((error, value) => end(error ? toUnavailable(error) : null, value))
      // Stores with async methods call back; one that only rejects would otherwise crash the process.
      if (asked instanceof Promise) asked.catch(error => end(toUnavailable(error)))
    } catch (error) {
      end(toUnavailable(error))
    }
  }
}

function toUnavailable(error: unknown): unknown {
  // To express-session this one means that there is no such session.
  if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return error
  return unavailable(`failed (${error instanceof Error ? error.name : 'unknown error'})`)
}

/** Never with a cause: the errors of clients hold addresses, and what was sent. */
function unavailable(detail: string): WechatUnavailableError {
  return new WechatUnavailableError(`the session store ${detail}`, 'session_unavailable')
}

function isSessionStore(value: unknown): boolean {
  return (
    value instanceof Store || (typeof value === 'object' && value !== null && 'get' in value && 'on' in value)
  )
}
