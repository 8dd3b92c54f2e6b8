import { globSync, readFileSync } from 'node:fs'
import { expect, it } from 'vitest'

const MAX_LENGTH = 90
const TITLE = /\bit(?:\.\w+(?:\([^()]*(?:\([^()]*\)[^()]*)*\))?)*\(\s*(['"`])((?:\\.|(?!\1)[^\\])*)\1/g

it('test titles have at most 90 characters', () => {
  const titles = globSync('test/**/*.{ts,tsx}').flatMap(path =>
    [...readFileSync(path, 'utf8').matchAll(TITLE)].map(([, , title = '']) => `${path}: ${title}`),
  )
  expect(titles.length).toBeGreaterThan(1_500)
  expect(titles.filter(title => title.slice(title.indexOf(': ') + 2).length > MAX_LENGTH)).toEqual([])
})
