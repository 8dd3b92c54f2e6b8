import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'

const source = (path: string) => fileURLToPath(new URL(path, import.meta.url))

/**
 * The tests that are run on each mutant: those of the security decisions that start no server, because each of some
 * hundred mutants runs them again.
 */
export default defineConfig({
  resolve: { alias: [{ find: /^express-wechat$/, replacement: source('../../src/index.ts') }] },
  root: source('../..'),
  test: {
    include: [
      'test/http/cookies.test.ts',
      'test/http/origin/*.unit.test.ts',
      'test/jssdk/page-url.test.ts',
      'test/login/oauth/{return-url,login-state}.test.ts',
      'test/login/oauth/*.unit.test.ts',
      'test/service-keys/*.unit.test.ts',
      'test/wechat-api/media/*.test.ts',
    ],
  },
})
