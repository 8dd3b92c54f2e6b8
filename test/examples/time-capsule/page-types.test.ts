import { spawnSync } from 'node:child_process'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'

const root = fileURLToPath(new URL('../../..', import.meta.url))
const typescript = dirname(createRequire(import.meta.url).resolve('typescript/package.json'))

it('the page’s modules use express-wechat/browser, and each other, as their types allow', () => {
  const { stdout } = spawnSync(
    process.execPath,
    [join(typescript, 'bin/tsc'), '-p', join(root, 'examples/time-capsule/page')],
    { encoding: 'utf8' },
  )
  expect(stdout).toBe('')
})
