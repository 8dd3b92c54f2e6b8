import { createHash } from 'node:crypto'

/** A call that came to the simulator, or a push that it sent to the app. No entry holds a secret or a token. */
export interface HistoryEntry {
  /** Counts up from 1 in the order of arrival. */
  readonly id: number
  /** Simulated time of arrival, in milliseconds. */
  readonly at: number
  /** True for a push, which the simulator sent to the app. */
  readonly isPush?: boolean
  readonly method: string
  readonly path: string
  /** The query, and the fields of a JSON body. Tokens are replaced by short fingerprints, secrets by `[hidden]`. */
  readonly parameters: Readonly<Record<string, string>>
  /** HTTP status; absent until the answer is sent. */
  readonly status?: number
  readonly errcode?: number
  /** The platform's text for the errcode, without its request id. */
  readonly errmsg?: string
  /** The answer, redacted as `parameters` are; for bytes, their type and length. */
  readonly answer?: string
  /** Real milliseconds from arrival to the end of the answer. */
  readonly durationMs?: number
  /** The number on the error page that the authorize address showed. */
  readonly errorPage?: number
  /** What was wrong but not refused, such as the order of parameters. */
  readonly warnings?: readonly string[]
  /** `warnings` in Chinese. */
  readonly warningsZh?: readonly string[]
  /** The name or kind of the injected fault. */
  readonly fault?: string
}

/** The last 10,000 calls and pushes. */
export interface History {
  readonly entries: readonly HistoryEntry[]
  /** How many calls came to this path, also those without an answer yet. */
  count(path: string, filter?: (entry: HistoryEntry) => boolean): number
  /** Removes all entries. */
  clear(): void
  /** Calls the listener with each entry when its answer is done. Returns a function that removes the listener. */
  onEntry(listener: (entry: HistoryEntry) => void): () => void
}

/** An entry whose answer is not done yet. */
export type OpenEntry = { -readonly [Key in keyof HistoryEntry]: HistoryEntry[Key] }

export type NewEntry = Pick<HistoryEntry, 'at' | 'method' | 'path' | 'parameters'>

export interface WritableHistory extends History {
  open(entry: NewEntry): OpenEntry
  done(entry: OpenEntry): void
}

const longestHistory = 10_000

export function createHistory(notify: () => void): WritableHistory {
  let lastId = 0
  const entries: OpenEntry[] = []
  const listeners = new Set<(entry: HistoryEntry) => void>()

  return {
    entries,
    count: (path, filter = () => true) =>
      entries.filter(entry => entry.path === path && filter(entry)).length,
    clear() {
      entries.splice(0)
      notify()
    },
    onEntry(listener) {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
    open(call) {
      lastId += 1
      const entry: OpenEntry = { id: lastId, ...call }
      entries.push(entry)
      if (entries.length > longestHistory) entries.shift()
      notify()
      return entry
    },
    done(entry) {
      for (const listener of listeners) listener(entry)
      notify()
    },
  }
}

const neverShown = /secret/i
const fingerprinted = /token|code|ticket|signature/i

/** Replaces secrets by `[hidden]`, and tokens by fingerprints. Equal tokens get equal fingerprints. */
export function redactParameters(parameters: Iterable<[string, unknown]>): Record<string, string> {
  const redacted: Record<string, string> = {}
  for (const [name, value] of parameters) {
    // Lists and objects are hidden too, because the names inside them are not examined.
    if (neverShown.test(name) || typeof value === 'object') redacted[name] = '[hidden]'
    else if (fingerprinted.test(name)) redacted[name] = fingerprint(String(value))
    else redacted[name] = String(value).slice(0, 2_000)
  }
  return redacted
}

const longestAnswer = 4_000

/** Writes a JSON answer as text. Replaces secrets and tokens as in `parameters`. */
export function redactAnswer(body: object): string {
  const text = JSON.stringify(body, (name, value: unknown) => {
    if (typeof value !== 'string') return value
    if (neverShown.test(name)) return '[hidden]'
    return isFingerprinted(name) ? fingerprint(value) : value
  })
  return text.slice(0, longestAnswer)
}

/** Whether values of this name are replaced by fingerprints. `errcode` matches by its "code", but is no secret. */
function isFingerprinted(name: string): boolean {
  return fingerprinted.test(name) && name !== 'errcode'
}

export function fingerprint(value: string): string {
  return `#${createHash('sha256').update(value).digest('hex').slice(0, 8)}`
}
