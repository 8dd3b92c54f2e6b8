import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'

export interface VueFolder {
  path: string
  remove(): void
}

/**
 * A copy of examples/vue outside the repository, as a newcomer makes it, beside those packages alone that its
 * package.json names. This package is a copy too, because Vite treats a linked one otherwise than an installed one.
 */
export function copyVueExample(): VueFolder {
  const path = mkdtempSync(join(tmpdir(), 'express-wechat-vue-'))
  cpSync('examples/vue', path, { recursive: true, filter: source => !source.endsWith('node_modules') })
  const { dependencies, devDependencies } = JSON.parse(readFileSync(join(path, 'package.json'), 'utf8'))
  for (const name of Object.keys({ ...dependencies, ...devDependencies })) {
    const installed = join(path, 'node_modules', name)
    mkdirSync(dirname(installed), { recursive: true })
    if (name === 'express-wechat') copyThisPackage(installed)
    else symlinkSync(resolve('node_modules', name), installed)
  }
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) }
}

function copyThisPackage(installed: string): void {
  mkdirSync(installed)
  cpSync('package.json', join(installed, 'package.json'))
  cpSync('dist', join(installed, 'dist'), { recursive: true })
  symlinkSync(resolve('node_modules'), join(installed, 'node_modules'))
}
