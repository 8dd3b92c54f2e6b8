import { spawnSync } from 'node:child_process'
import { expect, it } from 'vitest'

/** What a process has loaded after it has imported the entry. */
const SCRIPT = `
  import { registerHooks } from 'node:module'
  const packages = []
  registerHooks({ load(url, context, next) { packages.push(url); return next(url, context) } })
  await import('./dist/index.js')
  console.log(JSON.stringify({ builtins: process.moduleLoadList, packages }))
`

it("loads neither got nor Node's fetch when the entry is imported", () => {
  const { stdout } = spawnSync(process.execPath, ['--input-type=module', '-e', SCRIPT], { encoding: 'utf8' })
  const { builtins, packages } = JSON.parse(stdout) as Record<'builtins' | 'packages', string[]>

  expect(packages).toContainEqual(expect.stringContaining('/node_modules/express/'))
  expect(packages.filter(url => url.includes('/node_modules/got/'))).toEqual([])
  expect(builtins.filter(name => name.includes('undici'))).toEqual([])
})
