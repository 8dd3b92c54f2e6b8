import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { ERROR_CATALOGUE } from '../../src/errors/catalogue.ts'
import { WARNINGS } from '../../src/errors/warnings.ts'

const read = (name: string) => readFileSync(join('docs', name), 'utf8')
const english = read('troubleshooting.md')
const chinese = read('troubleshooting.zh-CN.md')

const readRows = (text: string) => text.split('\n').filter(line => /^\| (?!---|symptom|现象)/.test(line))
const readCode = (text: string) => [...text.matchAll(/`([^`]+)`/g)].map(match => match[1] ?? '')

describe('the tables of what goes wrong', () => {
  it('have the same rows in both languages, with the same code in each', () => {
    const rows = readRows(english)
    expect(rows.length).toBeGreaterThan(30)
    const sorted = (text: string) => readRows(text).map(row => readCode(row).sort())
    expect(sorted(chinese)).toEqual(sorted(english))
  })

  it('have a symptom, a cause and a remedy in each row', () => {
    for (const row of [...readRows(english), ...readRows(chinese)]) {
      expect(row.split(' | '), row).toHaveLength(3)
    }
  })

  it('name warnings by codes that exist', () => {
    const codes = [...english.matchAll(/warning `(\w+)`/g)].map(match => match[1] ?? '')
    expect(codes.length).toBeGreaterThan(5)
    expect(codes.filter(code => !(code in ERROR_CATALOGUE || code in WARNINGS))).toEqual([])
  })

  it('quote messages that the source has', () => {
    const zh = new Set(Object.values(ERROR_CATALOGUE).map(entry => entry.zh as string))
    const quoted = readCode(english).flatMap(code => /^\d{3} (\p{Script=Han}.*)/u.exec(code)?.[1] ?? [])
    expect(quoted.length).toBeGreaterThan(4)
    const known = (text: string) =>
      [...zh].some(sentence => sentence.startsWith(text)) || text === '请在微信中打开'
    expect(quoted.filter(text => !known(text))).toEqual([])
  })
})
