import { mkdirSync } from 'node:fs'
import { dirname } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { type SessionData, Store } from 'express-session'

const defaultLifetimeMs = 86_400_000

/** Keeps sessions in a file, so that people stay logged in over a restart, and memory does not grow with their number. */
export class SqliteSessionStore extends Store {
  readonly #database: DatabaseSync

  constructor(file: string) {
    super()
    if (file !== ':memory:') mkdirSync(dirname(file), { recursive: true })
    this.#database = new DatabaseSync(file)
    this.#database.exec(`
      PRAGMA journal_mode = WAL;
      CREATE TABLE IF NOT EXISTS sessions (
        id TEXT PRIMARY KEY,
        data TEXT NOT NULL,
        expires_at INTEGER NOT NULL
      ) STRICT;
      CREATE INDEX IF NOT EXISTS sessions_by_expiry ON sessions (expires_at);
    `)
  }

  get(id: string, callback: (error: unknown, session?: SessionData | null) => void): void {
    settle(callback, () => {
      const row = this.#database
        .prepare('SELECT data FROM sessions WHERE id = ? AND expires_at > ?')
        .get(id, Date.now())
      return row ? JSON.parse(String(row.data)) : null
    })
  }

  set(id: string, session: SessionData, callback: (error?: unknown) => void = () => {}): void {
    settle(callback, () => {
      this.#database.prepare('DELETE FROM sessions WHERE expires_at <= ?').run(Date.now())
      this.#database
        .prepare('INSERT OR REPLACE INTO sessions (id, data, expires_at) VALUES (?, ?, ?)')
        .run(id, JSON.stringify(session), getExpiry(session))
    })
  }

  override touch(id: string, session: SessionData, callback: () => void = () => {}): void {
    settle(callback, () => {
      this.#database.prepare('UPDATE sessions SET expires_at = ? WHERE id = ?').run(getExpiry(session), id)
    })
  }

  destroy(id: string, callback: (error?: unknown) => void = () => {}): void {
    settle(callback, () => {
      this.#database.prepare('DELETE FROM sessions WHERE id = ?').run(id)
    })
  }

  close(): void {
    this.#database.close()
  }
}

/** The callback runs in a later turn, because express-session relies on asynchronous stores. */
function settle<Value>(callback: (error: unknown, value?: Value) => void, work: () => Value): void {
  let outcome: [error: unknown, value?: Value]
  try {
    outcome = [null, work()]
  } catch (error) {
    outcome = [error]
  }
  setImmediate(callback, ...outcome)
}

function getExpiry({ cookie }: SessionData): number {
  return cookie.expires ? new Date(cookie.expires).getTime() : Date.now() + defaultLifetimeMs
}
