import { fileURLToPath } from 'node:url'
import { defineConfig, type TestProjectInlineConfiguration } from 'vitest/config'
import { LongFilesFirst } from './test/support/long-files-first.ts'
import { findTestFiles, groupByProject, type TestProject } from './test/support/test-projects.ts'

const source = (path: string) => fileURLToPath(new URL(path, import.meta.url))

export default defineConfig({
  resolve: {
    // Tests read like a user's code, and run on the source.
    alias: [
      { find: /^express-wechat$/, replacement: source('./src/index.ts') },
      { find: /^express-wechat\/simulator$/, replacement: source('./src/simulator/index.ts') },
      { find: /^express-wechat\/testing$/, replacement: source('./src/testing/index.ts') },
    ],
  },
  test: {
    testTimeout: 30_000,
    hookTimeout: 60_000,
    // Many tests wait for timers and other processes, so that three workers keep two cores busy.
    maxWorkers: 3,
    // The threads on which V8 collects garbage beside the tests take a tenth of the processor time of a run, and compete
    // with the other workers for the same cores.
    execArgv: ['--single-threaded-gc'],
    setupFiles: ['./test/support/canary-setup.ts'],
    // What one file stubs would otherwise reach the files after it.
    unstubEnvs: true,
    sequence: { sequencer: LongFilesFirst },
    coverage: { include: ['src/**/*.{ts,tsx}'], reporter: ['text-summary', 'html'] },
    projects: groupByProject(findTestFiles()).map(configureProject),
  },
})

function configureProject({
  name,
  paths,
  isIsolated,
  expressMajor,
}: TestProject): TestProjectInlineConfiguration {
  return {
    extends: true,
    // The library's own import of Express is the older one too.
    ...(expressMajor === 4 && { resolve: { alias: [{ find: /^express$/, replacement: 'express4' }] } }),
    test: {
      name,
      include: paths,
      env: { EXPRESS_MAJOR: String(expressMajor) },
      // Otherwise one process runs file after file and loads the library, the simulator and their packages once.
      isolate: isIsolated,
    },
  }
}
