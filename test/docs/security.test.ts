import { existsSync, readFileSync } from 'node:fs'
import { expect, it } from 'vitest'

const text = readFileSync('SECURITY.md', 'utf8')
const rows = text.split('\n').filter(line => /^\| S\d+ \|/.test(line))

/** The paths of tests that a text names, in backticks. */
function readTestPaths(part: string): string[] {
  return [...part.matchAll(/`(test\/[^`]+)`/g)].map(([, path = '']) => path)
}

it('SECURITY.md names tests that exist', () => {
  const paths = readTestPaths(text)
  expect(paths.length).toBeGreaterThan(36)
  expect(paths.filter(path => !existsSync(path))).toEqual([])
})

it('SECURITY.md has a row with a test for each threat', () => {
  expect(rows.map(row => row.split(' | ')[0])).toEqual(
    Array.from({ length: 36 }, (_, index) => `| S${index + 1}`),
  )
  expect(rows.filter(row => readTestPaths(row).length === 0)).toEqual([])
})

it('no runtime dependency parses XML', () => {
  const { dependencies } = JSON.parse(readFileSync('package.json', 'utf8'))
  expect(Object.keys(dependencies).filter(name => /xml|sax/i.test(name))).toEqual([])
})
