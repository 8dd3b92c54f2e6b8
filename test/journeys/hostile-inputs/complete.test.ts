import { readdirSync, readFileSync } from 'node:fs'
import { expect, it } from 'vitest'

const folder = new URL('./', import.meta.url)

/** The numbers in the titles (`'26: …`) and in the first column of the tables (`[26, …`). */
function readNumbers(name: string): number[] {
  const text = readFileSync(new URL(name, folder), 'utf8')
  return [...text.matchAll(/['`](\d\d?): |^\s*\[\s*(\d\d?),/gm)].map(([, title, row]) => Number(title ?? row))
}

it('there is a test for each of the sixty hostile inputs', () => {
  const names = readdirSync(folder).filter(name => name.endsWith('.test.ts') && !name.startsWith('complete'))
  const numbers = new Set(names.flatMap(readNumbers))
  expect([...numbers].sort((a, b) => a - b)).toEqual(Array.from({ length: 60 }, (_, index) => index + 1))
})
