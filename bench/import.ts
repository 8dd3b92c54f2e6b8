// Compares the CPU time of importing this package and Express with that of importing got and Express, which it builds on.
import { spawnSync } from 'node:child_process'
import { measureInRounds, printFigures } from './rounds.ts'

const dist = new URL('../dist/index.js', import.meta.url).href
const imports = {
  'got + express': `await import('express'); await import('got')`,
  ours: `await import('express'); await import('${dist}')`,
  'ours with a token manager': `await import('express'); const { createTokenManager } = await import('${dist}'); createTokenManager({ appId: 'wx0123456789abcdef', appSecret: 'a-secret-of-the-bench' }); await import('got')`,
}

export async function measureImport(): Promise<void> {
  const kinds = Object.keys(imports) as (keyof typeof imports)[]
  // The first import of each kind is not measured, because it reads the files from the disk.
  for (const kind of kinds) importMicroseconds(imports[kind])
  const figures = await measureInRounds(kinds, async kind => importMicroseconds(imports[kind]) / 1_000)
  printFigures('Importing', 'CPU ms', 'got + express', figures)
}

function importMicroseconds(code: string): number {
  const measured = `const a = process.cpuUsage(); ${code}; const b = process.cpuUsage(a); console.log(b.user + b.system)`
  const { stdout, status } = spawnSync(process.execPath, ['--input-type=module', '-e', measured], {
    cwd: new URL('..', import.meta.url),
    encoding: 'utf8',
  })
  if (status !== 0) throw new Error('the import failed')
  return Number(stdout)
}
