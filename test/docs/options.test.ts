import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { readOptionTypes } from './option-types.ts'

const types = readOptionTypes()

/** The rows of the table below the line that names a type, and the rows that name it in brackets. */
function readRows(document: string, type: string): { name: string; defaultValue: string }[] {
  const lines = readFileSync(document, 'utf8').split('\n')
  const heading = lines.findIndex(line => !line.startsWith('|') && line.includes(`\`${type}\``))
  const first = lines.findIndex((line, index) => index > heading && line.startsWith('| `'))
  const end = lines.findIndex((line, index) => index > first && !line.startsWith('|'))
  const table = heading === -1 ? [] : lines.slice(first, end)
  const named = lines.filter(line => /[(（]`(\w+)`[)）]/.exec(line)?.[1] === type)
  return [...table, ...named].map(row => {
    const [, name = '', defaultValue = ''] = row.split(/ ?\| /)
    return { name: name.replaceAll('`', ''), defaultValue }
  })
}

it('finds the types of options in all four entries', () => {
  const names = types.map(({ name }) => name)
  for (const name of [
    'TokenManagerOptions',
    'SimulatorOptions',
    'ConfigureWechatOptions',
    'FakeTokenManagerOptions',
  ])
    expect(names).toContain(name)
  expect(types.flatMap(({ properties }) => properties).length).toBeGreaterThan(100)
})

describe.each(['docs/options.md', 'docs/options.zh-CN.md'])('%s', document => {
  it('has each option, and no other', () => {
    for (const { name: type, properties } of types) {
      const names = readRows(document, type).map(({ name }) => name)
      expect(names.toSorted(), type).toEqual(properties.map(({ name }) => name).toSorted())
    }
  })

  it('has the defaults that the source documents', () => {
    const wrong = types.flatMap(({ name: type, properties }) =>
      properties.flatMap(({ name, defaultValue }) => {
        const row = readRows(document, type).find(row => row.name === name)
        return defaultValue && !row?.defaultValue.includes(`\`${defaultValue}\``)
          ? [`${type}.${name}: ${defaultValue}, not ${row?.defaultValue}`]
          : []
      }),
    )
    expect(wrong).toEqual([])
  })
})
