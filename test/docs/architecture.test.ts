import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'

const root = fileURLToPath(new URL('../..', import.meta.url))
const readText = (path: string) => readFileSync(join(root, path), 'utf8')
const isThere = (path: string) => existsSync(join(root, path))

const decisions = readdirSync(join(root, 'docs/decisions')).filter(name => /^\d{4}-/.test(name))
const documents = [
  'CHANGELOG.md',
  'docs/architecture.md',
  'docs/decisions/README.md',
  ...decisions.map(name => `docs/decisions/${name}`),
]
const architecture = readText('docs/architecture.md')
const map = /```mermaid\nflowchart TD\n(.*?)```/s.exec(architecture)?.[1] ?? ''

/** Ids of the map with the paths that their labels name. */
const nodes = [...map.matchAll(/^ *(\w+)\["(.*?)"\]$/gm)].map(([, id = '', label = '']) => ({
  id,
  paths: [...label.matchAll(/src\/[\w.-]*\w/g)].map(([path]) => path),
}))
const arrows = [...map.matchAll(/^ *(\w+) --> (\w+)$/gm)].map(([, from = '', to = '']) => ({ from, to }))

/** What one node of the map imports from others, by the source. */
const imports = nodes.flatMap(({ id, paths }) => {
  const files = paths.flatMap(path =>
    statSync(join(root, path)).isDirectory()
      ? readdirSync(join(root, path), { recursive: true, encoding: 'utf8' }).map(file => join(path, file))
      : [path],
  )
  const targets = files
    .filter(file => /\.tsx?$/.test(file))
    .flatMap(file =>
      [...readText(file).matchAll(/\bfrom '(\.[^']+)'/g)].map(([, to = '']) => join(dirname(file), to)),
    )
  const reached = nodes.filter(
    node => node.id !== id && node.paths.some(path => targets.some(target => target.startsWith(`${path}/`))),
  )
  return reached.map(node => ({ from: id, to: node.id }))
})

function isReachable(from: string, to: string): boolean {
  return arrows.some(arrow => arrow.from === from && (arrow.to === to || isReachable(arrow.to, to)))
}

describe('the documents about the code', () => {
  it.each(documents)('%s names only paths of src that exist', path => {
    const named = readText(path).match(/\bsrc\/[\w./-]*\w/g) ?? []
    expect(named.filter(name => !isThere(name))).toEqual([])
  })

  it('the architecture names many paths', () => {
    expect(architecture.match(/`src\/[\w./-]+\.ts`/g)?.length).toBeGreaterThan(30)
  })
})

describe('the map', () => {
  it('and the table below it have each folder of src', () => {
    const folders = readdirSync(join(root, 'src'), { withFileTypes: true })
      .filter(entry => entry.isDirectory())
      .map(({ name }) => `src/${name}`)
    expect(folders.length).toBeGreaterThan(10)
    expect(folders.filter(folder => !nodes.some(({ paths }) => paths.includes(folder)))).toEqual([])
    expect(folders.filter(folder => !architecture.includes(`| \`${folder}\` |`))).toEqual([])
  })

  it('draws no arrow without an import', () => {
    expect(arrows.length).toBeGreaterThan(10)
    const wrong = arrows.filter(({ from, to }) => !imports.some(one => one.from === from && one.to === to))
    expect(wrong).toEqual([])
  })

  it('has a way along its arrows for each import', () => {
    expect(imports.filter(({ from, to }) => !isReachable(from, to))).toEqual([])
  })
})

describe('the decisions', () => {
  it.each(decisions)('%s says context, decision, consequences and what would change it', name => {
    const headings = readText(`docs/decisions/${name}`).match(/^## .*$/gm)
    expect(headings).toEqual(['## Context', '## Decision', '## Consequences', '## What would change it'])
  })

  it('are all in their list, in order', () => {
    const listed = [...readText('docs/decisions/README.md').matchAll(/^\d+\. \[.*\]\((.*)\)$/gm)]
    expect(listed.map(([, path]) => path)).toEqual(decisions.toSorted())
    expect(decisions.length).toBeGreaterThanOrEqual(7)
  })
})
