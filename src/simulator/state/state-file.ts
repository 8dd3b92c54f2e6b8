import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import type { Platform } from '../platform/platform.js'
import { saveState } from './platform-state.js'
import { parseSavedState, type SavedState } from './saved-state.js'

/** The file is written so many milliseconds after a change, so that all changes of one call are written once. */
const writeDelayMs = 200

export interface StateFile {
  /** Writes the changes that are not written yet, and ends the writing. */
  close(): void
}

/**
 * Reads a state file. Undefined if there is none.
 *
 * @throws {TypeError} if the file is no saved state. It is not overwritten, because it can be another program's.
 */
export function readStateFile(path: string): SavedState | undefined {
  const text = readIfPresent(path)
  if (text === undefined) return undefined
  try {
    return parseSavedState(JSON.parse(text))
  } catch (error) {
    const reason = error instanceof TypeError ? error.message : 'it is not JSON'
    throw new TypeError(`simulator: can't read the state file "${path}": ${reason}`)
  }
}

/** Writes the state of the platform into the file after each change. */
export function keepStateFile(path: string, platform: Platform, port: number): StateFile {
  let timer: NodeJS.Timeout | undefined
  const write = () => {
    timer = undefined
    writeStateFile(path, { ...saveState(platform), port })
  }
  const unsubscribe = platform.changes.subscribe(() => {
    timer ??= setTimeout(write, writeDelayMs).unref()
  })
  write()
  return {
    close() {
      unsubscribe()
      clearTimeout(timer)
      write()
    },
  }
}

/** Replaces the file in one step, so that a process that is killed meanwhile leaves the earlier state. */
function writeStateFile(path: string, state: SavedState): void {
  const draft = `${path}.${process.pid}.tmp`
  try {
    writeFileSync(draft, JSON.stringify(state), { mode: 0o600 })
    renameSync(draft, path)
  } catch (error) {
    rmSync(draft, { force: true })
    // The simulator goes on, because only the next start will lack this state.
    console.warn(
      `WeChat simulator: can't write the state file: ${error instanceof Error ? error.message : error}`,
    )
  }
}

function readIfPresent(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined
    throw error
  }
}
