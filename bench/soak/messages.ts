/** What the server under load says of itself. */
export interface Reading {
  /** Bytes, after a forced garbage collection. */
  rss: number
  heap: number
  /** Bytes of buffers outside the heap, the cache of media included. */
  buffers: number
  /** Open file descriptors; without `/proc`, the active resources of the event loop. */
  handles: number
  /** Milliseconds by which 99 of 100 turns of the event loop were late at most, since the last reading. */
  delayP99Ms: number
  /** What reached the app's error handler since the last reading. */
  errors: string[]
}

export type Question = 'handles' | 'reading'

export type Reply = { port: number } | { handles: number } | Reading
