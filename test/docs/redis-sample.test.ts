import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { type Child, runCommand } from '../examples/gateway/support/child.ts'
import { readSamples } from './samples.ts'

let folder: string
let path: string

beforeAll(() => {
  mkdirSync('artifacts', { recursive: true })
  folder = mkdtempSync(resolve('artifacts/redis-sample-'))
  path = join(folder, 'sample.ts')
  const sample = readSamples('docs/tokens.md').find(({ code }) => code.includes('createClient({ url:'))
  writeFileSync(path, sample?.code ?? '')
})

afterAll(() => rmSync(folder, { recursive: true }))

function runSample(env: Record<string, string>): Child {
  return runCommand(process.execPath, ['test/docs/run-sample.ts', path], {
    WECHAT_APP_ID: 'wx0123456789abcdef',
    WECHAT_APP_SECRET: 'a-secret-of-the-account',
    // Nothing listens there.
    REDIS_URL: 'redis://127.0.0.1:9',
    ...env,
  })
}

it('the sample for many processes starts while Redis is away', async () => {
  const sample = runSample({ SESSION_SECRET: 'a secret of at least thirty-two letters' })
  expect(await sample.ended, sample.stderr).toEqual({ exitCode: 0, signal: null })
})

it('it does not start without a SESSION_SECRET, and says so', async () => {
  const sample = runSample({})
  expect(await sample.ended).toEqual({ exitCode: 1, signal: null })
  expect(sample.stderr).toContain('SESSION_SECRET must be set')
})
