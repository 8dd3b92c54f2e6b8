import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'

export interface FakeProgram {
  path: string
  /** What the script wrote to `$0.NAME`. */
  note(name: string): string
}

/** A shell script that stands where ffmpeg would be. */
export function fakeProgram(script: string): FakeProgram {
  const folder = mkdtempSync(join(tmpdir(), 'fake-program-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  const path = join(folder, 'ffmpeg')
  writeFileSync(path, `#!/bin/sh\n${script}\n`, { mode: 0o755 })
  return { path, note: name => readFileSync(`${path}.${name}`, 'utf8') }
}
