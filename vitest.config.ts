import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'

const source = (path: string) => fileURLToPath(new URL(path, import.meta.url))

export default defineConfig({
  resolve: {
    // Tests read like a user's code, and run on the source.
    alias: [
      { find: /^express-wechat$/, replacement: source('./src/index.ts') },
      { find: /^express-wechat\/simulator$/, replacement: source('./src/simulator/index.ts') },
    ],
  },
  test: {
    include: ['test/**/*.test.ts'],
    testTimeout: 30_000,
    hookTimeout: 60_000,
    maxWorkers: 2,
  },
})
