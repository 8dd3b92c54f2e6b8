import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import {
  compareInstallScripts,
  findProductionPackages,
  MAX_PRODUCTION_PACKAGES,
} from '../../scripts/dependency-check.ts'

const root = new URL('../../', import.meta.url)
const readText = (name: string) => readFileSync(new URL(name, root), 'utf8')
const lockfile = JSON.parse(readText('package-lock.json'))
const manifest = JSON.parse(readText('package.json'))
const packages = findProductionPackages()

describe('the packages that an installation brings along', () => {
  it('are no more than CONTRIBUTING.md argues for', () => {
    expect(packages.length).toBeGreaterThan(0)
    expect(packages.length).toBeLessThanOrEqual(MAX_PRODUCTION_PACKAGES)
    expect(readText('CONTRIBUTING.md')).toContain(`${MAX_PRODUCTION_PACKAGES} packages`)
  })

  it('come from direct dependencies that CONTRIBUTING.md explains one by one', () => {
    const text = readText('CONTRIBUTING.md')
    const unexplained = Object.keys(manifest.dependencies).filter(name => !text.includes(`\`${name}\``))
    expect(unexplained).toEqual([])
  })

  it('run no script at installation', () => {
    const withScript = packages.filter(path => lockfile.packages[path]?.hasInstallScript)
    expect(withScript).toEqual([])
  })

  it('are all in the software bill of materials, and nothing else is', () => {
    const output = execFileSync('npm', ['run', '--silent', 'sbom'], {
      cwd: fileURLToPath(root),
      encoding: 'utf8',
    })
    const { bomFormat, components } = JSON.parse(output)
    const listed = components.map(({ name, version }: Record<string, string>) => `${name}@${version}`)
    const installed = packages.map(path => {
      const name = path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length)
      return `${name}@${lockfile.packages[path]?.version}`
    })
    expect(bomFormat).toBe('CycloneDX')
    expect(listed.sort()).toEqual(installed.sort())
  })
})

describe('install scripts', () => {
  it('are allowed or forbidden by name, and no name is left over', () => {
    expect(compareInstallScripts(lockfile, manifest)).toEqual({ unnamed: [], unused: [] })
  })

  it('of another package are found, also of a nested one and of an alias', () => {
    const found = compareInstallScripts(
      {
        packages: {
          'node_modules/known': { hasInstallScript: true },
          'node_modules/a/node_modules/@scope/new': { hasInstallScript: true },
          'node_modules/alias': { name: 'real', hasInstallScript: true },
          'node_modules/quiet': {},
        },
      },
      { allowScripts: { known: false, quiet: true } },
    )
    expect(found).toEqual({ unnamed: ['@scope/new', 'real'], unused: ['quiet'] })
  })
})
