import { statSync } from 'node:fs'
import { BaseSequencer, type TestSpecification } from 'vitest/node'

/** The kinds of test files in their order: those with a browser take longest and come first. */
const KINDS = ['browser', 'redis', 'http', 'unit']

/** This file mostly waits. It starts before all others, so that the other workers compute meanwhile. */
const LONGEST_FILE = 'test/tokens/many-processes.test.ts'

/** Files that take longer than their size suggests. Each is the first of its project. */
const LONG_FILES = [
  'test/tokens/lost-redis.test.ts',
  'test/docs/documents.test.ts',
  'test/voice/hostile-recordings.test.ts',
  'test/examples/gateway/stalled-log.test.ts',
]

/**
 * Orders files by kind, and the larger ones of a kind first: a long file that starts last would run alone, with the
 * other workers idle. The files of a project stay together, because a worker ends if the next file belongs to another
 * project, and a new worker loads everything again. Only the longest file runs apart from its project.
 */
export class LongFilesFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    return files
      .map(file => ({ file, rank: rankOf(file), project: file.project.name, bytes: bytesOf(file) }))
      .sort(
        (a, b) =>
          a.rank - b.rank ||
          a.project.localeCompare(b.project) ||
          b.bytes - a.bytes ||
          a.file.moduleId.localeCompare(b.file.moduleId),
      )
      .map(({ file }) => file)
  }
}

function rankOf({ moduleId, project }: TestSpecification): number {
  if (moduleId.endsWith(LONGEST_FILE)) return -1
  return KINDS.findIndex(kind => project.name.startsWith(kind))
}

/** The size of the file. Each of the long files counts as larger than all others. */
function bytesOf({ moduleId }: TestSpecification): number {
  const index = LONG_FILES.findIndex(path => moduleId.endsWith(path))
  return index === -1 ? statSync(moduleId).size : Number.MAX_SAFE_INTEGER - index
}
