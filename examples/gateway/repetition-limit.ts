/** Lets the first five log lines of a kind pass in each minute, and counts the further ones. */
export interface RepetitionLimit {
  /** Whether a line of this kind is to be written. If not, it is counted for the report at the window's end. */
  allows(kind: string): boolean
  /** Ends all windows, and reports the lines that were left out in them. */
  close(): void
}

interface Window {
  lines: number
  timer: NodeJS.Timeout
}

const WINDOW_MS = 60_000
/** More than one line of a kind passes, so that the log names several request ids of a failure. */
const LINES_IN_WINDOW = 5
/** Bounds the memory if kinds are many; all further kinds share one window. */
const MAX_KINDS = 100
const OTHER_KINDS = 'other kinds'

/** Calls `report` at the end of each window in which lines of a kind were left out. */
export function createRepetitionLimit(report: (kind: string, leftOut: number) => void): RepetitionLimit {
  const windows = new Map<string, Window>()

  function openWindow(kind: string): Window {
    const timer = setTimeout(closeWindow, WINDOW_MS, kind)
    timer.unref()
    const window = { lines: 0, timer }
    windows.set(kind, window)
    return window
  }

  function closeWindow(kind: string): void {
    const window = windows.get(kind)
    if (!window) return
    clearTimeout(window.timer)
    windows.delete(kind)
    if (window.lines > LINES_IN_WINDOW) report(kind, window.lines - LINES_IN_WINDOW)
  }

  return {
    allows(kind) {
      const counted = windows.has(kind) || windows.size < MAX_KINDS ? kind : OTHER_KINDS
      const window = windows.get(counted) ?? openWindow(counted)
      window.lines++
      return window.lines <= LINES_IN_WINDOW
    },
    close() {
      for (const kind of [...windows.keys()]) closeWindow(kind)
    },
  }
}
