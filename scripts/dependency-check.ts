// What an installation brings along: prints the number of packages, and fails if there are more than CONTRIBUTING.md
// argues for, or if a dependency has an install script that package.json does not name.
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { pathToFileURL } from 'node:url'

interface Lockfile {
  packages: Record<string, { name?: string; dev?: boolean; hasInstallScript?: boolean }>
}

interface Manifest {
  allowScripts: Record<string, boolean>
}

/** The number that the section "Dependencies" of CONTRIBUTING.md gives reasons for. */
export const MAX_PRODUCTION_PACKAGES = 41

/** The folders of all packages that `npm install express-wechat` installs, without the package itself. */
export function findProductionPackages(): string[] {
  const paths = execFileSync('npm', ['ls', '--omit=dev', '--all', '--parseable'], {
    cwd: new URL('..', import.meta.url),
    encoding: 'utf8',
  })
  const { packages } = readJson<Lockfile>('package-lock.json')
  return (
    paths
      .trim()
      .split('\n')
      .slice(1)
      .map(path => path.slice(path.indexOf('node_modules/')))
      // The development packages are left out, because npm also lists one that the install script of `node` leaves behind.
      .filter(path => packages[path]?.dev !== true)
  )
}

/**
 * Packages with an install script, such as `esbuild`, that `allowScripts` neither allows nor forbids by name; and names
 * in it to which no installed package belongs.
 */
export function compareInstallScripts(
  { packages }: Lockfile,
  { allowScripts }: Manifest,
): { unnamed: string[]; unused: string[] } {
  const withScript = Object.entries(packages)
    .filter(([, entry]) => entry.hasInstallScript)
    .map(
      ([path, entry]) => entry.name ?? path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length),
    )
  return {
    unnamed: withScript.filter(name => !Object.hasOwn(allowScripts, name)),
    unused: Object.keys(allowScripts).filter(name => !withScript.includes(name)),
  }
}

function readJson<Content>(name: string): Content {
  return JSON.parse(readFileSync(new URL(`../${name}`, import.meta.url), 'utf8')) as Content
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const count = findProductionPackages().length
  const { unnamed, unused } = compareInstallScripts(
    readJson<Lockfile>('package-lock.json'),
    readJson<Manifest>('package.json'),
  )
  console.info(`${count} packages come with an installation; ${MAX_PRODUCTION_PACKAGES} are argued for.`)
  if (count > MAX_PRODUCTION_PACKAGES)
    console.error('Argue for the new ones in CONTRIBUTING.md, or leave them out.')
  for (const name of unnamed)
    console.error(`${name} has an install script that "allowScripts" does not name.`)
  for (const name of unused) console.error(`"allowScripts" names ${name}, which has no install script.`)
  if (count > MAX_PRODUCTION_PACKAGES || unnamed.length + unused.length > 0) process.exitCode = 1
}
