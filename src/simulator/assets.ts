import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'

const require = createRequire(import.meta.url)

/** A file that the build made for browsers. The address is right from `src` as well as from `dist`. */
export function readBuiltFile(path: string): string {
  return readFileSync(new URL(`../../dist/simulator/${path}`, import.meta.url), 'utf8')
}

/** Undefined where the package is not installed: it is optional, and only development wants it. */
export function readPackageFile(name: string): string | undefined {
  try {
    return readFileSync(require.resolve(name), 'utf8')
  } catch {
    return undefined
  }
}
