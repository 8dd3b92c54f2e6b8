import { readFileSync } from 'node:fs'
import * as library from 'express-wechat'
import { describe, expect, it } from 'vitest'
import { KNOWN_KINDS } from '../../src/push/messages/message-schemas.ts'
import { readSamples } from './samples.ts'

const guides = ['docs/guides/messages.md', 'docs/guides/messages.zh-CN.md']

describe.each(guides)('%s', guide => {
  const text = readFileSync(guide, 'utf8')

  it('has samples that are the examples, which run in tests', () => {
    const samples = readSamples(guide)
    expect(samples.length).toBeGreaterThan(1)
    for (const { name, labels, code } of samples) {
      const file = labels.find(label => label.startsWith('file='))?.slice('file='.length) ?? 'no file'
      expect(code, name).toBe(readFileSync(file, 'utf8'))
    }
  })

  it('names every kind of message, and only functions that are exported', () => {
    expect(KNOWN_KINDS.filter(kind => !text.includes(`\`${kind}\``))).toEqual([])
    const named = [...text.matchAll(/`(\w+)\(/g)].map(match => match[1] ?? '')
    expect(named.length).toBeGreaterThan(4)
    expect(named.filter(name => name !== 'late' && !Object.hasOwn(library, name))).toEqual([])
  })
})
