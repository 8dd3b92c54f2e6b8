import { opendir, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'

/** A part file older than this is removed: a save takes minutes at most, so its process was killed. */
const MAX_AGE_MS = 3_600_000
const PART_FILE = /^\.media-[0-9a-f]+\.\w+\.[0-9a-f]{16}\.part$/
/** The least time between two sweeps of a folder, since a folder can hold very many files. */
const SWEEP_INTERVAL_MS = 600_000
const MAX_FOLDERS = 1_000

/** Removes the part files that killed processes left in a folder. A failure is ignored: a later sweep tries again. */
export type SweepPartFiles = (folder: string) => Promise<void>

export function createPartFileSweeper(): SweepPartFiles {
  const sweptAt = new Map<string, number>()

  return async function sweepPartFiles(folder) {
    const now = Date.now()
    if (now - (sweptAt.get(folder) ?? Number.NEGATIVE_INFINITY) < SWEEP_INTERVAL_MS) return
    if (sweptAt.size >= MAX_FOLDERS) sweptAt.clear()
    sweptAt.set(folder, now)
    await removeOldPartFiles(folder, now).catch(() => {})
  }
}

async function removeOldPartFiles(folder: string, now: number): Promise<void> {
  for await (const { name } of await opendir(folder)) {
    if (!PART_FILE.test(name)) continue
    const path = join(folder, name)
    const { mtimeMs } = await stat(path)
    if (now - mtimeMs > MAX_AGE_MS) await rm(path, { force: true })
  }
}
