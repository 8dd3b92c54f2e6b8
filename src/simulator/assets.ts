import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'

const require = createRequire(import.meta.url)

/** The folder of the built scripts and styles. Its path differs between this source file and the bundle in `dist`. */
const built = new URL(
  import.meta.url.endsWith('.ts') ? '../../dist/simulator/' : './simulator/',
  import.meta.url,
)

/** Reads a file that the build made for browsers. */
export function readBuiltFile(path: string): string {
  return readFileSync(new URL(path, built), 'utf8')
}

/** Reads the main file of an optional package. Undefined if the package is not installed. */
export function readPackageFile(name: string): string | undefined {
  try {
    return readFileSync(require.resolve(name), 'utf8')
  } catch {
    return undefined
  }
}
