import { statSync } from 'node:fs'
import { BaseSequencer, type TestSpecification } from 'vitest/node'

/** What waits for servers and browsers comes before what only computes. */
const KINDS = ['redis', 'browser', 'http', 'unit']

/** Files of these kinds that take longer than their size suggests. */
const LONG_FILES = ['test/voice/hostile-recordings.test.ts', 'test/examples/gateway/stalled-log.test.ts']

/**
 * Orders files by kind, and the larger ones of a kind first. A long file that starts last would run alone, with the
 * other workers idle.
 */
export class LongFilesFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    return files
      .map(file => ({ file, rank: rankOf(file), bytes: statSync(file.moduleId).size }))
      .sort((a, b) => a.rank - b.rank || b.bytes - a.bytes)
      .map(({ file }) => file)
  }
}

function rankOf({ moduleId, project }: TestSpecification): number {
  if (LONG_FILES.some(path => moduleId.endsWith(path))) return -1
  return KINDS.findIndex(kind => project.name.startsWith(kind))
}
