import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'

const source = (path: string) => fileURLToPath(new URL(path, import.meta.url))

/** The tests of what is mounted in an app. They run on Express 4 too. */
export const HTTP_FOLDERS = [
  'router',
  'login',
  'jssdk',
  'media',
  'service-keys',
  'http',
  'journeys',
  'testing',
]

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
    maxWorkers: 2,
    setupFiles: ['./test/support/canary-setup.ts'],
    projects: [
      {
        extends: true,
        test: { name: 'express 5', include: ['test/**/*.test.ts'], env: { EXPRESS_MAJOR: '5' } },
      },
      {
        // What is mounted keeps its word on both majors: the library's own import of Express is the older one too.
        extends: true,
        resolve: { alias: [{ find: /^express$/, replacement: 'express4' }] },
        test: {
          name: 'express 4',
          include: HTTP_FOLDERS.map(folder => `test/${folder}/**/*.test.ts`),
          env: { EXPRESS_MAJOR: '4' },
        },
      },
    ],
  },
})
