import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'

const require = createRequire(import.meta.url)

/** Reads a file that the build made for browsers. The path is right from `src` as well as from `dist`. */
export function readBuiltFile(path: string): string {
  return readFileSync(new URL(`../../dist/simulator/${path}`, import.meta.url), 'utf8')
}

/** Reads the main file of a package. Undefined if it is not installed: it is optional, for development only. */
export function readPackageFile(name: string): string | undefined {
  try {
    return readFileSync(require.resolve(name), 'utf8')
  } catch {
    return undefined
  }
}
