import { copyFileSync, globSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, dirname, join, matchesGlob, resolve } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { runCommand } from './support/child.ts'
import { sessionSecret } from './support/gateway-process.ts'

interface PackageJson {
  dependencies: Record<string, string>
  peerDependenciesMeta: Record<string, { optional?: boolean }>
}

/** A step of the Dockerfile, such as `['COPY', 'src', 'src']`. */
type Step = readonly [instruction: string, ...words: string[]]

const readJson = (path: string): unknown => JSON.parse(readFileSync(path, 'utf8'))
const own = readJson('package.json') as PackageJson
const container = readJson('examples/gateway/container/package.json') as PackageJson
const lock = readJson('package-lock.json') as { packages: Record<string, { version: string }> }
const ignored = readFileSync('.dockerignore', 'utf8')
  .split('\n')
  .filter(line => line !== '' && !line.startsWith('#'))
const steps = readFileSync('examples/gateway/Dockerfile', 'utf8')
  .split('\n')
  .filter(line => /^[A-Z]+ /.test(line))
  .map(line => line.split(/ +/) as [string, ...string[]])

/** What the last stage copies from the repository. */
const lastStage = steps.slice(steps.findLastIndex(([instruction]) => instruction === 'FROM'))
const copiedFromHere = (list: readonly Step[]) =>
  list
    .filter(([instruction, first]) => instruction === 'COPY' && !first?.startsWith('--from'))
    .flatMap(step => step.slice(1, -1))

function isIgnored(path: string): boolean {
  const ancestors = path.split('/').map((_part, index, parts) => parts.slice(0, index + 1).join('/'))
  return ancestors.some(ancestor => ignored.some(pattern => matchesGlob(ancestor, pattern)))
}

describe('the context of the image', () => {
  it.each([
    '.env',
    'examples/gateway/.env',
    'examples/gateway/.env.production',
    'node_modules/x',
    '.git/config',
  ])('leaves out %s', path => {
    expect(isIgnored(path)).toBe(true)
  })

  it('has every file that the Dockerfile copies', () => {
    const sources = copiedFromHere(steps)
    expect(sources.length).toBeGreaterThan(6)
    for (const source of sources) {
      const found = globSync(source)
      expect(found, source).not.toEqual([])
      expect(found.filter(isIgnored), source).toEqual([])
    }
  })
})

describe('the packages of the image', () => {
  it('are what the gateway imports and what its features need, and no tool of the tests', () => {
    const imported = new Set(
      globSync('examples/gateway/*.ts').flatMap(path =>
        [...readFileSync(path, 'utf8').matchAll(/ from '([^.:']+)'/g)].map(match => match[1] ?? ''),
      ),
    )
    const listed = Object.keys(container.dependencies)
    expect([...imported].filter(name => !listed.includes(name))).toEqual([])
    const others = listed.filter(name => !imported.has(name))
    expect(others.filter(name => own.peerDependenciesMeta[name]?.optional !== true)).toEqual([])
    // The conversion of voices, and SOCKS proxies.
    expect(others).toEqual(['@audio/decode-amr', 'socks-proxy-agent', 'wasm-media-encoders'])
  })

  it('have the versions with which the gateway is tested', () => {
    const { 'express-wechat': tarball, ...others } = container.dependencies
    expect(tarball).toBe('file:express-wechat.tgz')
    for (const [name, version] of Object.entries(others)) {
      expect(version, name).toBe(lock.packages[`node_modules/${name}`]?.version)
    }
  })
})

describe('the last stage of the image', () => {
  let folder: string
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'gateway-container-'))
    copyFileSync('examples/gateway/container/package.json', join(folder, 'package.json'))
    for (const source of copiedFromHere(lastStage)) {
      for (const path of globSync(source)) copyFileSync(path, join(folder, basename(path)))
    }
    // As npm would install them: a package that the list lacks is not found.
    for (const name of Object.keys(container.dependencies)) {
      const installed = join(folder, 'node_modules', name)
      mkdirSync(dirname(installed), { recursive: true })
      symlinkSync(name === 'express-wechat' ? resolve('.') : resolve('node_modules', name), installed)
    }
  })
  afterAll(() => rmSync(folder, { recursive: true }))

  it('starts the gateway by its own command, and answers its health check', async () => {
    const dockerfile = readFileSync('examples/gateway/Dockerfile', 'utf8')
    const [, file = ''] = /^CMD \["node", "(.+)"\]$/m.exec(dockerfile) ?? []
    const gateway = runCommand(process.execPath, [join(folder, file)], {
      NODE_ENV: 'production',
      PORT: '0',
      WECHAT_APP_ID: 'wx0123456789abcdef',
      WECHAT_APP_SECRET: 'a-secret-of-the-account',
      WECHAT_PUBLIC_URL: 'https://m.example.com/wechat',
      SESSION_SECRET: sessionSecret,
    })
    const [, url = ''] = await gateway.wrote('stdout', /listens at (http:\S+)\/wechat\n/)
    const { status } = await fetch(`${url}/healthz`)
    gateway.kill('SIGTERM')
    expect([status, await gateway.ended]).toEqual([200, { exitCode: 0, signal: null }])
  })
})
