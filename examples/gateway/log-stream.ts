import type { Writable } from 'node:stream'
import type { DestinationStream } from 'pino'

/** A log stream that holds a bounded number of lines and never blocks the process. */
export interface LogStream extends DestinationStream {
  /** How many lines were dropped since the start. */
  readonly droppedLines: number
  /** Calls `report` with the number of lines that were dropped, as soon as the reader takes lines again. */
  onDropped(report: (lines: number) => void): void
  /** Resolves when all accepted lines are written, or after this time. */
  flush(withinMs: number): Promise<void>
}

/** About 2,000 lines wait for a reader that has stalled; all lines after them are dropped and counted. */
const MAX_WAITING_CHARACTERS = 524_288

export function createLogStream(target: Writable, maxWaiting = MAX_WAITING_CHARACTERS): LogStream {
  let droppedLines = 0
  let unreportedLines = 0
  let report = (_lines: number): void => {}
  // Without a listener, a reader that has ended (EPIPE) would end the process. `afterWrite` counts the lost lines.
  target.on('error', () => {})

  function drop(): void {
    droppedLines++
    unreportedLines++
  }

  function afterWrite(error?: Error | null): void {
    if (error) {
      drop()
      return
    }
    // The report waits until half of the space is free: a slow reader gets one report for many lines.
    if (unreportedLines === 0 || target.writableLength > maxWaiting / 2) return
    const lines = unreportedLines
    unreportedLines = 0
    report(lines)
  }

  return {
    get droppedLines() {
      return droppedLines
    },
    write(line) {
      if (target.writableLength + line.length > maxWaiting) drop()
      else target.write(line, afterWrite)
    },
    onDropped(listener) {
      report = listener
    },
    async flush(withinMs) {
      if (target.writableLength === 0) return
      const { promise, resolve } = Promise.withResolvers<void>()
      const limit = setTimeout(resolve, withinMs)
      // Lines are written in order, so that an empty write ends after all of them.
      target.write('', () => resolve())
      await promise
      clearTimeout(limit)
    },
  }
}

/**
 * Makes writes to standard output or standard error return at once, even if no reader takes them. Node writes to a
 * terminal synchronously otherwise: Ctrl-S would stop the whole process at its next line. Node has no public method
 * for this, hence the look at its handle; a file has none, and no reader that can stall.
 */
export function avoidBlocking(stream: Writable): void {
  const { _handle: handle } = stream as { _handle?: { setBlocking?(isBlocking: boolean): unknown } }
  handle?.setBlocking?.(false)
}
