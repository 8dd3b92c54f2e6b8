import { readdirSync, readFileSync } from 'node:fs'
import { expect, it } from 'vitest'

const entries = readdirSync('examples').filter(name => name !== 'README.md' && name !== 'node_modules')
const programs = entries.filter(name => /\.c?[jt]s$/.test(name))
const rows = [
  ...readFileSync('examples/README.md', 'utf8').matchAll(/^\| \[(.+)\]\(\1\) \| (.+) \| (.+) \|$/gm),
]
const tests = readdirSync('test/examples', { recursive: true, encoding: 'utf8' })
  .filter(name => name.endsWith('.test.ts'))
  .map(name => readFileSync(`test/examples/${name}`, 'utf8'))

it.each(programs)('examples/%s is shorter than 60 lines, and a test runs it', name => {
  expect(readFileSync(`examples/${name}`, 'utf8').split('\n').length).toBeLessThan(60)
  const start = new RegExp(
    `\\b(?:start|startExample|runProgram)\\(\\s*'(?:examples/)?${name.replaceAll('.', '\\.')}'`,
  )
  expect(tests.some(text => start.test(text))).toBe(true)
})

it('examples/README.md has a row in both languages for each example', () => {
  expect(programs.length).toBeGreaterThan(10)
  expect(rows.map(([, name]) => name).sort()).toEqual(entries.sort())
  for (const [, name, english, chinese] of rows) {
    expect(english, name).toMatch(/^[ -~]+$/)
    expect(chinese, name).toMatch(/\p{Script=Han}/u)
  }
})
