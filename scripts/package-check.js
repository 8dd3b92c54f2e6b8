// Checks the package that would be published: it has all its files and no others, and every resolver of ES modules can
// load it. Also checks that the lockfile names no registry's host.
import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const failures = []
const folder = mkdtempSync(join(tmpdir(), 'express-wechat-pack-'))

try {
  const [packed] = JSON.parse(
    execFileSync('npm', ['pack', '--json', '--ignore-scripts', '--pack-destination', folder], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    }),
  )
  const files = packed.files.map(file => file.path)
  const needed = [
    'package.json',
    'README.md',
    'README.zh-CN.md',
    'LICENSE',
    'dist/index.js',
    'dist/types/index.d.ts',
    'docs/errors.md',
    'docs/troubleshooting.md',
    'docs/troubleshooting.zh-CN.md',
  ]
  for (const { default: entry, types } of entryPoints()) needed.push(entry, types)
  for (const path of new Set(needed.map(path => path.replace(/^\.\//, '')))) {
    if (!files.includes(path)) failures.push(`the package lacks ${path}`)
  }
  for (const path of files) {
    if (!path.startsWith('dist/') && !needed.includes(path)) {
      failures.push(`the package should not hold ${path}`)
    }
  }
  for (const [tool, ...parameters] of [
    ['publint', '--strict'],
    ['attw', join(folder, packed.filename), '--profile', 'esm-only'],
  ]) {
    const { status } = spawnSync(tool, parameters, { stdio: 'inherit', shell: process.platform === 'win32' })
    if (status !== 0) failures.push(`${tool} is not content`)
  }
} finally {
  rmSync(folder, { recursive: true })
}
if (/"resolved": "https?:/.test(readFileSync('package-lock.json', 'utf8'))) {
  failures.push('package-lock.json names a host: write it with the .npmrc of this project')
}

for (const failure of failures) console.error(`package check: ${failure}`)
if (failures.length > 0) process.exit(1)
console.info('package check: ok')

function entryPoints() {
  const { exports } = JSON.parse(readFileSync('package.json', 'utf8'))
  return Object.values(exports).filter(entry => typeof entry === 'object')
}
