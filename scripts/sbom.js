// Prints the software bill of materials of what an installation brings along: `npm run --silent sbom > sbom.json`.
// `npm sbom --omit dev` alone would leave out each package that a development tool needs as well, such as zod, so npm
// is shown a package without development and peer dependencies.
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const read = name => JSON.parse(readFileSync(new URL(`../${name}`, import.meta.url), 'utf8'))
const withoutOthers = ({ devDependencies, peerDependencies, peerDependenciesMeta, ...manifest }) => manifest

const folder = mkdtempSync(join(tmpdir(), 'express-wechat-sbom-'))
try {
  const lock = read('package-lock.json')
  const production = Object.entries(lock.packages)
    .filter(([path, entry]) => path !== '' && !entry.dev && !entry.devOptional && !entry.peer)
    .sort()
  const packages = Object.fromEntries([['', withoutOthers(lock.packages[''])], ...production])
  writeFileSync(join(folder, 'package.json'), JSON.stringify(withoutOthers(read('package.json'))))
  writeFileSync(join(folder, 'package-lock.json'), JSON.stringify({ ...lock, packages }))
  const { status } = spawnSync('npm', ['sbom', '--package-lock-only', '--sbom-format', 'cyclonedx'], {
    cwd: folder,
    stdio: 'inherit',
  })
  process.exitCode = status ?? 1
} finally {
  rmSync(folder, { recursive: true })
}
