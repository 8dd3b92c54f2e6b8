import { readFileSync } from 'node:fs'
import { transformSync } from 'esbuild'
import type { Cell } from './cell.ts'
import { type Installation, install } from './installation.ts'

interface Bundler {
  name: string
  packages: string[]
  /** Builds `page.js` to `built/page.js`. */
  command: string[]
}

const BUNDLERS: Bundler[] = [
  { name: 'vite', packages: ['vite'], command: ['vite', 'build', '--config', 'vite.config.mjs'] },
  {
    name: 'webpack',
    packages: ['webpack', 'webpack-cli'],
    command: [
      'webpack',
      '--mode',
      'production',
      '--entry',
      './page.js',
      '-o',
      'built',
      '--output-filename',
      'page.js',
    ],
  },
  {
    name: 'rollup',
    packages: ['rollup', '@rollup/plugin-node-resolve'],
    command: ['rollup', 'page.js', '-p', 'node-resolve', '-f', 'es', '-o', 'built/page.js'],
  },
  {
    name: 'esbuild',
    packages: ['esbuild'],
    command: ['esbuild', 'page.js', '--bundle', '--minify', '--format=esm', '--outfile=built/page.js'],
  },
  {
    name: '@rspack/core',
    packages: ['@rspack/core', '@rspack/cli'],
    command: [
      'rspack',
      'build',
      '--mode',
      'production',
      '--entry',
      './page.js',
      '-o',
      'built',
      '--config',
      'rspack.config.mjs',
    ],
  },
]

/** What docs/compatibility.md names. */
const FLOOR = ['ios15', 'chrome91']

export const bundlerCells: Cell[] = BUNDLERS.map(({ name, packages, command }) => ({
  group: 'bundlers',
  title: `the page by \`${name}\``,
  run(tarball) {
    const project = install([tarball, 'express', 'express-session', ...packages])
    project.run('npx', command)
    assertWithinFloor(readFileSync(project.path('built/page.js'), 'utf8'))
    return `${name} ${readVersion(project, name)}, syntax of ${FLOOR.join(' and ')}`
  },
}))

function assertWithinFloor(text: string): void {
  // The landing address has to be recorded, and the two functions are there.
  if (!text.includes('express-wechat:landing')) throw new Error('the bundle lacks the module')
  const [newest, ...lowered] = ['esnext', ...FLOOR].map(target => transformSync(text, { target }).code)
  if (lowered.some(code => code !== newest)) throw new Error('the bundle has newer syntax')
}

function readVersion(project: Installation, name: string): string {
  return JSON.parse(readFileSync(project.path(`node_modules/${name}/package.json`), 'utf8')).version
}
