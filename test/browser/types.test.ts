import { spawnSync } from 'node:child_process'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'

const typescript = dirname(createRequire(import.meta.url).resolve('typescript/package.json'))

it('the published types cover every function of the official script, and the open tags', () => {
  const project = fileURLToPath(new URL('typed-page', import.meta.url))
  const { stdout } = spawnSync(process.execPath, [join(typescript, 'bin/tsc'), '-p', project], {
    encoding: 'utf8',
  })
  expect(stdout).toBe('')
})
