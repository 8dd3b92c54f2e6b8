import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'

const require = createRequire(import.meta.url)

/** Where the build puts the scripts and styles for browsers, seen from the source and from the bundle in `dist`. */
const built = new URL(
  import.meta.url.endsWith('.ts') ? '../../dist/simulator/' : './simulator/',
  import.meta.url,
)

/** Reads a file that the build made for browsers. */
export function readBuiltFile(path: string): string {
  return readFileSync(new URL(path, built), 'utf8')
}

/** Reads the main file of a package. Undefined if it is not installed: it is optional, for development only. */
export function readPackageFile(name: string): string | undefined {
  try {
    return readFileSync(require.resolve(name), 'utf8')
  } catch {
    return undefined
  }
}
