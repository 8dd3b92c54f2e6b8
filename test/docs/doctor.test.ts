import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { checkIds } from '../../src/cli/doctor/check-ids.ts'
import { usage } from '../../src/cli/doctor/command-line.ts'

const documents = ['docs/doctor.md', 'docs/doctor.zh-CN.md']

describe.each(documents)('%s', document => {
  const text = readFileSync(document, 'utf8')

  it('has a row for each check, in their order', () => {
    const ids = [...text.matchAll(/^\| `([a-z][a-z-]+)` \|/gm)].map(match => match[1])
    expect(ids).toEqual(checkIds)
  })

  it('has each option of the usage', () => {
    const options = new Set(usage.match(/--[a-z-]+/g))
    options.delete('--help')
    expect(options.size).toBeGreaterThan(7)
    expect([...options].filter(option => !text.includes(`\`${option}`))).toEqual([])
  })

  it('shows JSON with the keys that the report has', () => {
    const json: unknown = JSON.parse(/```json\n(.*?)```/s.exec(text)?.[1] ?? '')
    expect(json).toMatchObject({ version: 1, checks: [{ id: 'ip-whitelist', state: 'fault' }] })
    expect(Object.keys(Object(json))).toEqual([
      'version',
      'lang',
      'appId',
      'healthy',
      'wechatCalls',
      'checks',
    ])
  })

  it('links to files that exist', () => {
    const links = [...text.matchAll(/\]\(([^)#:]+)\)/g)].map(([, to = '']) => join('docs', to))
    expect(links.length).toBe(3)
    expect(links.filter(link => !existsSync(link))).toEqual([])
  })
})
