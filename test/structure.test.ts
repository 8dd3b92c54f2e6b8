import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'

const root = fileURLToPath(new URL('../src', import.meta.url))

interface SourceFile {
  /** Below src, such as `tokens/token-manager.ts`. */
  path: string
  text: string
  /** Files below src that it imports or re-exports, and packages. */
  imports: string[]
}

/** The source of an import: `a.ts` or `a.tsx` for `a.js`. */
function sourceOf(path: string): string {
  const source = path.replace(/\.js$/, '.ts')
  return existsSync(join(root, source)) || !existsSync(join(root, `${source}x`)) ? source : `${source}x`
}

const files: SourceFile[] = readdirSync(root, { recursive: true, encoding: 'utf8' })
  .filter(path => /\.tsx?$/.test(path))
  .map(path => {
    const text = readFileSync(join(root, path), 'utf8')
    const specifiers = [...text.matchAll(/\b(?:from|import)\s*\(?\s*'([^']+)'/g)].map(match => match[1] ?? '')
    return {
      path,
      text,
      imports: specifiers.map(specifier =>
        specifier.startsWith('.')
          ? sourceOf(relative(root, resolve(dirname(join(root, path)), specifier)))
          : specifier,
      ),
    }
  })

/** From what knows least to what knows most; each may import what stands before it, and its own folder. */
const LAYERS = [
  ['errors and helpers', /^(?:errors|util)\//],
  ['Express plumbing', /^http\//],
  ['calls to WeChat', /^wechat-api\//],
  ['tokens', /^tokens\//],
  ['voices', /^voice\//],
  ['features', /^(?:login|jssdk|media|push|service-keys)\//],
  ['the whole router', /^router\//],
  ['public names', /^index\.ts$/],
  ['the commands', /^cli\//],
  // For tests of applications: no other part of the package may depend on it.
  ['testing entry', /^testing\//],
] as const

const FEATURES = ['login/', 'jssdk/', 'media/', 'push/', 'service-keys/']

const ISLANDS = ['simulator/', 'browser/']

const layerOf = (path: string) => LAYERS.findIndex(([, pattern]) => pattern.test(path))
const islandOf = (path: string) => ISLANDS.find(island => path.startsWith(island))

describe('src', () => {
  it('is read whole: every import leads to a file that is there, or to a package', () => {
    const known = new Set(files.map(({ path }) => path))
    const lost = files.flatMap(({ path, imports }) =>
      imports.filter(to => /\.tsx?$/.test(to) && !known.has(to)).map(to => `${path} -> ${to}`),
    )
    expect(lost).toEqual([])
    expect(files.length).toBeGreaterThan(50)
  })

  it('has a place for every file', () => {
    const homeless = files.filter(({ path }) => layerOf(path) === -1 && islandOf(path) === undefined)
    expect(homeless.map(({ path }) => path)).toEqual([])
  })

  it('imports downwards', () => {
    const upward = files.flatMap(({ path, imports }) =>
      imports.filter(to => layerOf(to) > layerOf(path) && layerOf(path) !== -1).map(to => `${path} -> ${to}`),
    )
    expect(upward).toEqual([])
  })

  it('http knows nothing of WeChat: neither its API nor tokens', () => {
    const reaching = files
      .filter(({ path }) => path.startsWith('http/'))
      .flatMap(({ path, imports }) =>
        imports.filter(to => /^(?:tokens|wechat-api)\//.test(to)).map(to => `${path} -> ${to}`),
      )
    expect(reaching).toEqual([])
  })

  it('has no import cycle', () => {
    const importsOf = new Map(
      files.map(({ path, imports }) => [path, imports.filter(to => /\.tsx?$/.test(to))]),
    )
    const cycles: string[] = []
    const done = new Set<string>()
    const walk = (path: string, trail: readonly string[]): void => {
      if (trail.includes(path)) cycles.push([...trail.slice(trail.indexOf(path)), path].join(' -> '))
      if (done.has(path) || trail.includes(path)) return
      for (const to of importsOf.get(path) ?? []) walk(to, [...trail, path])
      done.add(path)
    }
    for (const { path } of files) walk(path, [])
    expect(cycles).toEqual([])
  })

  it('no folder holds more than 15 files side by side', () => {
    const sizes = Object.entries(Object.groupBy(files, ({ path }) => dirname(path)))
    expect(sizes.filter(([, inside = []]) => inside.length > 15).map(([folder]) => folder)).toEqual([])
  })

  it.each(ISLANDS)('%s is an island', island => {
    const bridges = files.flatMap(({ path, imports }) =>
      imports
        .filter(to => /\.tsx?$/.test(to) && islandOf(path) !== islandOf(to))
        .filter(to => islandOf(path) === island || islandOf(to) === island)
        // The command starts the simulator by its public entry.
        .filter(to => !(path.startsWith('cli/simulator/') && to === 'simulator/index.ts'))
        .map(to => `${path} -> ${to}`),
    )
    expect(bridges).toEqual([])
  })

  it.each(FEATURES)('%s imports no other feature', feature => {
    const own = files.filter(({ path }) => path.startsWith(feature))
    const reaching = own.flatMap(({ path, imports }) =>
      imports
        .filter(to => FEATURES.some(other => other !== feature && to.startsWith(other)))
        .map(to => `${path} -> ${to}`),
    )
    expect(own.length).toBeGreaterThan(0)
    expect(reaching).toEqual([])
  })

  it('XML is parsed in one place of the library and one of the simulator, which refuse DTDs', () => {
    const parsers = files.filter(({ imports }) =>
      imports.some(name => /xml/i.test(name) && !/\.ts$/.test(name)),
    )
    expect(parsers.map(({ path }) => path)).toEqual([
      'push/wire/xml.ts',
      'simulator/platform/messages/push-text.ts',
    ])
  })

  it('no error of the HTTP client, and no address with secrets, can leave by another door', () => {
    const speakers = files.filter(({ imports }) => imports.includes('got')).map(({ path }) => path)
    expect(speakers.sort()).toEqual([
      'wechat-api/transport/load-got.ts',
      'wechat-api/transport/send-request.ts',
    ])
    const loaders = files.filter(({ imports }) => imports.includes('wechat-api/transport/load-got.ts'))
    // They hand an instance to `sendRequest`, and send nothing by it themselves.
    expect(loaders.map(({ path }) => path).sort()).toEqual([
      'wechat-api/client.ts',
      'wechat-api/transport/create-sender.ts',
    ])
    // What a voice converter said is kept for debuggers: it was sent a recording, and no secret.
    const isVoice = (path: string) => path.startsWith('voice/')
    const causes = files.filter(
      ({ path, text }) =>
        !islandOf(path) && !isVoice(path) && /^(?!.*(?:\/\/|\*)).*\bcause\s*[:}]/m.test(text),
    )
    expect(causes.map(({ path }) => path)).toEqual([])
  })

  it('the public type of a token manager leads to none of its internals', () => {
    const reached = new Set(['tokens/token-manager-types.ts'])
    for (const path of reached) {
      for (const to of files.find(file => file.path === path)?.imports ?? []) {
        if (to.endsWith('.ts')) reached.add(to)
      }
    }
    expect(reached).toContain('tokens/token-events.ts')
    const internals = ['tokens/context.ts', 'tokens/credential-cache.ts', 'tokens/assemble-token-manager.ts']
    expect(internals.filter(path => reached.has(path))).toEqual([])
  })

  it('index.ts holds nothing but exports', () => {
    const index = files.find(({ path }) => path === 'index.ts')?.text ?? ''
    const rest = index.replace(/export (?:type )?\{[^}]*\} from '[^']+'\n/g, '')
    expect(rest.trim()).toBe('')
  })
})
