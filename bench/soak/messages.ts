/** The figures that the server under load reports of its process. */
export interface Reading {
  /** Resident and heap memory in bytes, after a forced garbage collection. */
  rss: number
  heap: number
  /** Bytes of the buffers outside the heap. The cache of media is among them. */
  buffers: number
  /** The number of open file descriptors; without `/proc`, of the active resources of the event loop. */
  handles: number
  /** The 99th percentile of the event loop's delay since the last reading, in milliseconds. */
  delayP99Ms: number
  /** The errors that reached the app's error handler since the last reading. */
  errors: string[]
}

export type Question = 'handles' | 'reading'

export type Reply = { port: number } | { handles: number } | Reading
