import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'

const root = fileURLToPath(new URL('../src', import.meta.url))

interface SourceFile {
  /** Below src, such as `tokens/token-manager.ts`. */
  path: string
  text: string
  lines: number
  /** Files below src that it imports or re-exports, and packages. */
  imports: string[]
}

const files: SourceFile[] = readdirSync(root, { recursive: true, encoding: 'utf8' })
  .filter(path => path.endsWith('.ts'))
  .map(path => {
    const text = readFileSync(join(root, path), 'utf8')
    const specifiers = [...text.matchAll(/\b(?:from|import)\s*\(?\s*'([^']+)'/g)].map(match => match[1] ?? '')
    return {
      path,
      text,
      lines: text.split('\n').length - 1,
      imports: specifiers.map(specifier =>
        specifier.startsWith('.')
          ? relative(root, resolve(dirname(join(root, path)), specifier)).replace(/\.js$/, '.ts')
          : specifier,
      ),
    }
  })

/** From what knows least to what knows most; each may import what stands before it, and its own kind. */
const LAYERS = [
  ['the helpers', /^(?:errors|clock|jssdk-signature|options)\.ts$/],
  ['what speaks to WeChat', /^wechat-api\//],
  ['the tokens', /^(?:tokens|redis)\//],
  ['voices', /^voice\//],
  ['media that is fetched and kept', /^media\//],
  ['the middlewares', /^middleware\//],
  ['what the package exports', /^(?:index|gateway|doctor)\b/],
  ['the commands', /^cli\//],
] as const

const ISLANDS = ['simulator/', 'browser/']

const layerOf = (path: string) => LAYERS.findIndex(([, pattern]) => pattern.test(path))
const islandOf = (path: string) => ISLANDS.find(island => path.startsWith(island))

describe('src', () => {
  test('is read whole: every import leads to a file that is there, or to a package', () => {
    const known = new Set(files.map(({ path }) => path))
    const lost = files.flatMap(({ path, imports }) =>
      imports.filter(to => to.endsWith('.ts') && !known.has(to)).map(to => `${path} -> ${to}`),
    )
    expect(lost).toEqual([])
    expect(files.length).toBeGreaterThan(50)
  })

  test('has a place for every file', () => {
    const homeless = files.filter(({ path }) => layerOf(path) === -1 && islandOf(path) === undefined)
    expect(homeless.map(({ path }) => path)).toEqual([])
  })

  test('imports downwards', () => {
    const upward = files.flatMap(({ path, imports }) =>
      imports.filter(to => layerOf(to) > layerOf(path) && layerOf(path) !== -1).map(to => `${path} -> ${to}`),
    )
    expect(upward).toEqual([])
  })

  test.each(ISLANDS)('%s is an island', island => {
    const bridges = files.flatMap(({ path, imports }) =>
      imports
        .filter(to => to.endsWith('.ts') && islandOf(path) !== islandOf(to))
        .filter(to => islandOf(path) === island || islandOf(to) === island)
        // The command starts the simulator by its public entry.
        .filter(to => !(path.startsWith('cli/simulator/') && to === 'simulator/index.ts'))
        .map(to => `${path} -> ${to}`),
    )
    expect(bridges).toEqual([])
  })

  test('no middleware imports another one; what they share stands in files of its own', () => {
    // A router is made of handlers, and mounts them by their public factories.
    const mounted = files.filter(
      ({ path, text }) =>
        /^middleware\/(?!wechat-router)/.test(path) &&
        /^export (?:function \w+(?:Handler|Router)|const requireWechatLogin)\b/m.test(text),
    )
    const names = new Set(mounted.map(({ path }) => path))
    const reaching = mounted.flatMap(({ path, imports }) =>
      imports.filter(to => names.has(to)).map(to => `${path} -> ${to}`),
    )
    expect(mounted.length).toBeGreaterThanOrEqual(6)
    expect(reaching).toEqual([])
  })

  test('no error of the HTTP client, and no address with secrets, can leave by another door', () => {
    const speakers = files.filter(({ imports }) => imports.includes('got')).map(({ path }) => path)
    expect(speakers.filter(path => path !== 'wechat-api/client.ts')).toEqual([])
    // What a voice converter said is kept for debuggers: it was sent a recording, and no secret.
    const isVoice = (path: string) => path.startsWith('voice/')
    const causes = files.filter(
      ({ path, text }) =>
        !islandOf(path) && !isVoice(path) && /^(?!.*(?:\/\/|\*)).*\bcause\s*[:}]/m.test(text),
    )
    expect(causes.map(({ path }) => path)).toEqual([])
  })

  test('no file is over 400 lines', () => {
    const long = files.filter(({ lines }) => lines > 400)
    expect(long.map(({ path, lines }) => `${path}: ${lines}`)).toEqual([])
  })

  test('index.ts holds nothing but exports', () => {
    const index = files.find(({ path }) => path === 'index.ts')?.text ?? ''
    const rest = index.replace(/export (?:type )?\{[^}]*\} from '[^']+'\n/g, '')
    expect(rest.trim()).toBe('')
  })
})
