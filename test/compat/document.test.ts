import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { bundlerCells } from './bundler-cells.ts'
import { runtimeCells } from './runtime-cells.ts'
import { typescriptCells } from './typescript-cells.ts'

const cells = [...runtimeCells, ...typescriptCells, ...bundlerCells]
const document = readFileSync('docs/compatibility.md', 'utf8')
const { engines, peerDependencies } = JSON.parse(readFileSync('package.json', 'utf8'))

it('docs/compatibility.md has one row for each combination that npm run compat runs', () => {
  const rows = [...document.matchAll(/^\| (?!what |---)(.+?) \| .+ \| \d{4}-\d\d-\d\d \|$/gm)]
  expect(rows.map(([, title]) => title)).toEqual(cells.map(({ title }) => title))
})

it('the oldest versions that package.json names are among them', () => {
  const oldest: Record<string, string> = { ...peerDependencies, node: engines.node }
  const row = /the oldest `redis`.*?\| (.+?) \|/.exec(document)?.[1]
  for (const name of ['express', 'express-session', 'connect-redis', 'redis']) {
    const version = /\d[\d.]*/.exec(oldest[name] ?? '')?.[0]
    expect(row).toContain(`${name} ${version}`)
  }
  expect(document).toContain(`| node ${/\d[\d.]*/.exec(oldest.node ?? '')?.[0]}.`)
})
