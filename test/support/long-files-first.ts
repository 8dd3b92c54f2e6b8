import { statSync } from 'node:fs'
import { BaseSequencer, type TestSpecification } from 'vitest/node'

/** What waits for servers and browsers comes before what only computes. */
const KINDS = ['redis', 'browser', 'http', 'unit']

/** Files of these kinds that take longer than their size suggests. */
const LONG_FILES = [
  'test/tokens/many-processes.test.ts',
  'test/tokens/soak.test.ts',
  'test/voice/hostile-recordings.test.ts',
  'test/examples/gateway/stalled-log.test.ts',
]

/**
 * Orders files by kind, and the larger ones of a kind first: a long file that starts last would run alone, with the
 * other workers idle. The files of a project stay together, because a worker that is done ends if the next file belongs
 * to another project, and a new one loads everything again.
 */
export class LongFilesFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    return files
      .map(file => ({ file, project: file.project.name, bytes: bytesOf(file) }))
      .sort(
        (a, b) =>
          rankOf(a.project) - rankOf(b.project) ||
          a.project.localeCompare(b.project) ||
          b.bytes - a.bytes ||
          a.file.moduleId.localeCompare(b.file.moduleId),
      )
      .map(({ file }) => file)
  }
}

function rankOf(project: string): number {
  return KINDS.findIndex(kind => project.startsWith(kind))
}

function bytesOf({ moduleId }: TestSpecification): number {
  const isLong = LONG_FILES.some(path => moduleId.endsWith(path))
  return isLong ? Number.MAX_SAFE_INTEGER : statSync(moduleId).size
}
