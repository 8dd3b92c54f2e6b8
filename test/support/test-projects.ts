import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'

const KINDS = ['unit', 'http', 'redis', 'browser'] as const

interface TestFile {
  /** The path from the root of the repository, such as `test/login/profile/user-info.test.ts`. */
  path: string
  kind: (typeof KINDS)[number]
  /** Whether the file runs on Express 4 too: it tests something that is mounted in an app, and does not say why not. */
  runsOnExpress4: boolean
  /** Whether the file needs a process of its own, because it mocks modules or loads them anew. */
  isIsolated: boolean
}

export interface TestProject {
  /** The kind, followed by ` isolated` and ` express 4` if they apply. */
  name: string
  paths: string[]
  isIsolated: boolean
  expressMajor: 4 | 5
}

/** The folders of `test` whose subjects are mounted in an app. */
export const HTTP_FOLDERS = [
  'router',
  'login',
  'jssdk',
  'media',
  'push',
  'service-keys',
  'http',
  'journeys',
  'testing',
]

const root = fileURLToPath(new URL('../..', import.meta.url))

/** A test needs Redis or a browser if it imports one of these, directly or through other files of `test`. */
const NEEDS = [
  ['browser', 'playwright-core'],
  ['redis', 'test/support/redis-server.ts'],
] as const

/** Finds a mock of a module, or the comment of a file that needs fresh modules for another reason. */
const CHANGES_MODULES = /^\s*vi\.mock\(|^\/\/ @isolated: /m

/** Finds the comment of a file in {@link HTTP_FOLDERS} that does not run on Express 4, with the reason. */
const EXPRESS_5_ALONE = /^\/\/ @express 5 alone: ./m

const IMPORT = /\b(?:from|import)\s*\(?\s*'([^']+)'/g

/** Finds all test files. The kind of a file follows from its imports, so no list has to name it. */
export function findTestFiles(): TestFile[] {
  return readdirSync(join(root, 'test'), { recursive: true, encoding: 'utf8' })
    .filter(path => path.endsWith('.test.ts'))
    .map(path => join('test', path))
    .sort()
    .map(path => {
      const imports = collectImports(path)
      const need = NEEDS.find(([, name]) => imports.has(name))
      const isMounted = HTTP_FOLDERS.some(folder => path.startsWith(`test/${folder}/`))
      const text = readFileSync(join(root, path), 'utf8')
      return {
        path,
        kind: need?.[0] ?? (isMounted ? 'http' : 'unit'),
        runsOnExpress4: isMounted && !EXPRESS_5_ALONE.test(text),
        isIsolated: CHANGES_MODULES.test(text),
      }
    })
}

/** Makes the projects: each file is in one for Express 5, and also in one for Express 4 if it runs there. */
export function groupByProject(files: readonly TestFile[]): TestProject[] {
  const projects = new Map<string, TestProject>()
  for (const expressMajor of [5, 4] as const) {
    for (const { path, kind, runsOnExpress4, isIsolated } of files) {
      if (expressMajor === 4 && !runsOnExpress4) continue
      const name = `${kind}${isIsolated ? ' isolated' : ''}${expressMajor === 4 ? ' express 4' : ''}`
      const project = projects.get(name) ?? { name, paths: [], isIsolated, expressMajor }
      project.paths.push(path)
      projects.set(name, project)
    }
  }
  return [...projects.values()]
}

/** The packages and the files of `test` that this file imports, directly or through other files of `test`. */
function collectImports(path: string, found = new Set<string>()): Set<string> {
  for (const [, specifier = ''] of readFileSync(join(root, path), 'utf8').matchAll(IMPORT)) {
    const name = specifier.startsWith('.')
      ? relative(root, resolve(root, dirname(path), specifier))
      : specifier
    if (found.has(name)) continue
    found.add(name)
    if (name.startsWith('test/') && existsSync(join(root, name))) collectImports(name, found)
  }
  return found
}
