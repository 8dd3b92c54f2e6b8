import { createHash } from 'node:crypto'

export interface HistoryEntry {
  /** Simulated time of arrival, in milliseconds. */
  readonly at: number
  readonly method: string
  readonly path: string
  /** The query, and the fields of a JSON body, with every secret and token replaced by a short fingerprint. */
  readonly parameters: Readonly<Record<string, string>>
  /** HTTP status; absent until the answer is sent. */
  readonly status?: number
  readonly errcode?: number
  /** The number on the error page that the authorize address showed. */
  readonly errorPage?: number
  /** What was wrong but not refused, such as the order of parameters. */
  readonly warnings?: readonly string[]
  /** The name or kind of the injected fault. */
  readonly fault?: string
}

export interface History {
  readonly entries: readonly HistoryEntry[]
  /** How many calls came to this path, also those that are still waiting for an answer. */
  count(path: string, filter?: (entry: HistoryEntry) => boolean): number
  clear(): void
  /** Calls the listener with each entry when its answer is done. Returns how to stop it. */
  onEntry(listener: (entry: HistoryEntry) => void): () => void
}

/** An entry that can still be changed. */
export type OpenEntry = { -readonly [Key in keyof HistoryEntry]: HistoryEntry[Key] }

export interface WritableHistory extends History {
  open(entry: OpenEntry): void
  done(entry: OpenEntry): void
}

const longestHistory = 10_000

export function createHistory(): WritableHistory {
  const entries: OpenEntry[] = []
  const listeners = new Set<(entry: HistoryEntry) => void>()

  return {
    entries,
    count: (path, filter = () => true) =>
      entries.filter(entry => entry.path === path && filter(entry)).length,
    clear: () => void entries.splice(0),
    onEntry(listener) {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
    open(entry) {
      entries.push(entry)
      if (entries.length > longestHistory) entries.shift()
    },
    done(entry) {
      for (const listener of listeners) listener(entry)
    },
  }
}

const neverShown = /secret/i
const fingerprinted = /token|code|ticket|signature/i

/** Replaces secrets, and replaces tokens by fingerprints: equal tokens get equal fingerprints. */
export function redactParameters(parameters: Iterable<[string, unknown]>): Record<string, string> {
  const redacted: Record<string, string> = {}
  for (const [name, value] of parameters) {
    // No call of the platform has structured fields, so their content is not shown.
    if (neverShown.test(name) || typeof value === 'object') redacted[name] = '[hidden]'
    else if (fingerprinted.test(name)) redacted[name] = fingerprint(String(value))
    else redacted[name] = String(value).slice(0, 2_000)
  }
  return redacted
}

export function fingerprint(value: string): string {
  return `#${createHash('sha256').update(value).digest('hex').slice(0, 8)}`
}
