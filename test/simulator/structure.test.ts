import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'

const root = fileURLToPath(new URL('../../src/simulator/', import.meta.url))
const paths = readdirSync(root, { recursive: true, withFileTypes: true })
  .filter(entry => entry.isFile())
  .map(entry => join(entry.parentPath, entry.name).slice(root.length))

/** The files below src/simulator that a file imports, types included. */
function readImports(path: string): string[] {
  const specifiers = readFileSync(join(root, path), 'utf8').matchAll(/\b(?:from|import)\s*\(?\s*'(\.[^']+)'/g)
  return [...specifiers].map(([, specifier = '']) => sourceOf(normalize(join(dirname(path), specifier))))
}

/** The source of an import: `a.ts` or `a.tsx` for `a.js`. */
function sourceOf(path: string): string {
  const source = path.replace(/\.js$/, '.ts')
  return paths.includes(source) || !paths.includes(`${source}x`) ? source : `${source}x`
}

/** The first import cycle, as the files along it, or undefined. */
function findCycle(imports: ReadonlyMap<string, readonly string[]>): string[] | undefined {
  const finished = new Set<string>()
  function visit(path: string, trail: readonly string[]): string[] | undefined {
    if (trail.includes(path)) return [...trail.slice(trail.indexOf(path)), path]
    if (finished.has(path)) return undefined
    for (const next of imports.get(path) ?? []) {
      const cycle = visit(next, [...trail, path])
      if (cycle) return cycle
    }
    finished.add(path)
    return undefined
  }
  return [...imports.keys()].map(path => visit(path, [])).find(cycle => cycle !== undefined)
}

describe('src/simulator', () => {
  const imports = new Map(paths.filter(path => /\.tsx?$/.test(path)).map(path => [path, readImports(path)]))

  it('has no import cycle', () => {
    expect(imports.size).toBeGreaterThan(80)
    expect([...imports.values()].flat().length).toBeGreaterThan(200)
    expect(findCycle(imports)).toBeUndefined()
  })

  it('keeps at most 15 files side by side in a folder', () => {
    const counts = Map.groupBy(paths, path => dirname(path))
    const crowded = [...counts].filter(([, files]) => files.length > 15).map(([folder]) => folder)
    expect(crowded).toEqual([])
  })

  it('shares between server and browser only what needs neither a DOM nor Node', () => {
    const shared = [...imports].filter(([path]) => path.startsWith('protocol/'))
    expect(shared.length).toBeGreaterThan(3)
    expect(shared.flatMap(([, targets]) => targets).filter(path => !path.startsWith('protocol/'))).toEqual([])
    const packages = shared.filter(([path]) => /from '[^.]/.test(readFileSync(join(root, path), 'utf8')))
    expect(packages).toEqual([])
  })

  it('keeps the browser bundles apart from the server, but for the protocol', () => {
    // Both bundles read QR codes. What they share needs a DOM, so it is a third part for browsers.
    const shared = 'scanner/'
    const bundles = ['bridge/', 'dashboard/', shared]
    const bundleOf = (path: string) => bundles.find(bundle => path.startsWith(bundle))
    const crossing = [...imports].flatMap(([path, targets]) =>
      targets
        .filter(target => bundleOf(path) !== bundleOf(target) && !target.startsWith('protocol/'))
        .filter(target => bundleOf(path) !== undefined || bundleOf(target) !== undefined)
        .filter(target => bundleOf(path) === undefined || bundleOf(target) !== shared)
        .map(target => `${path} -> ${target}`),
    )
    expect(crossing).toEqual([])
  })
})
