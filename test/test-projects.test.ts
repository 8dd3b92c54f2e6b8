import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import type { TestSpecification } from 'vitest/node'
import configuration from '../vitest.config.ts'
import { LongFilesFirst } from './support/long-files-first.ts'
import { HTTP_FOLDERS } from './support/test-projects.ts'

const here = fileURLToPath(new URL('.', import.meta.url))

const onDisk = readdirSync(here, { recursive: true, encoding: 'utf8' })
  .filter(path => path.endsWith('.ts'))
  .map(path => join('test', path))
const testFiles = onDisk.filter(path => path.endsWith('.test.ts')).sort()
const isMounted = (path: string) => HTTP_FOLDERS.some(folder => path.startsWith(`test/${folder}/`))

/**
 * Files of mounted folders that run on Express 5 alone. To add one, say in its comment what makes its subject the same on
 * both majors: it must be neither routing, nor the parse of a request, nor how an answer or an error is sent.
 */
const EXPRESS_5_ALONE = [
  'test/journeys/debug-silence.test.ts',
  'test/journeys/properties/wechat-answers.test.ts',
  'test/journeys/stopped-process.test.ts',
  'test/login/hooks/two-processes.test.ts',
  'test/login/oauth/lost-connections.test.ts',
  'test/login/scan/scan-over-redis.test.ts',
  'test/media/fair-slots.test.ts',
  'test/media/send/stream-to-response.test.ts',
]

interface Project {
  name: string
  include: string[]
  env: Record<string, string>
  isolate: boolean
  alias: { find: RegExp; replacement: string }[]
}

const projects = (configuration.test?.projects ?? []).map(project => {
  const { test, resolve } = project as { test: Omit<Project, 'alias'>; resolve?: Pick<Project, 'alias'> }
  return { ...test, alias: resolve?.alias ?? [] }
})
const onExpress = (major: string) => projects.filter(({ env }) => env.EXPRESS_MAJOR === major)
const pathsOf = (chosen: readonly Project[]) => chosen.flatMap(({ include }) => include).sort()
const projectOf = (path: string) => onExpress('5').find(({ include }) => include.includes(path))?.name
const textOf = (path: string) => readFileSync(join(here, '..', path), 'utf8')

describe('the projects of the tests', () => {
  it('have each test file exactly once on Express 5', () => {
    expect(pathsOf(onExpress('5'))).toEqual(testFiles)
  })

  it('have each test file of what is mounted once on Express 4, except those that are listed', () => {
    const expected = testFiles.filter(path => isMounted(path) && !EXPRESS_5_ALONE.includes(path))
    expect(pathsOf(onExpress('4'))).toEqual(expected)
    for (const { alias, name } of onExpress('4')) {
      const replacement = alias.find(({ find }) => find.test('express'))?.replacement
      expect([name, replacement]).toEqual([name, 'express4'])
    }
  })

  it('have every kind, by what its files need', () => {
    expect(projectOf('test/util/semaphore.test.ts')).toBe('unit')
    expect(projectOf('test/login/profile/user-info.test.ts')).toBe('http')
    expect(projectOf('test/tokens/stores/redis-token-store.test.ts')).toBe('redis')
    expect(projectOf('test/simulator/bridge/scan.test.ts')).toBe('browser')
  })

  it('isolate the files that mock modules, and only projects of such files', () => {
    const mocking = testFiles.filter(path => /^vi\.mock\(/m.test(textOf(path)))
    expect(mocking.length).toBeGreaterThan(0)
    for (const { name, include, isolate } of projects) {
      expect([name, isolate]).toEqual([name, name.includes('isolated')])
      if (!isolate) expect(include.filter(path => mocking.includes(path))).toEqual([])
    }
  })

  it('learn of Redis and of browsers by one file each, so that no test starts them unseen', () => {
    const starting = (text: string) => onDisk.filter(path => textOf(path).includes(text))
    expect(starting(`findService('${'Redis'}')`)).toEqual(['test/support/redis-server.ts'])
    expect(starting(`findService('${'Chromium'}')`)).toEqual(['test/support/chromium.ts'])
  })
})

describe('the tests on Express 4', () => {
  it('leave out a file only with a reason in its own words', () => {
    for (const path of EXPRESS_5_ALONE) {
      expect(textOf(path), path).toMatch(/^\/\/ @express 5 alone: .{60,}/m)
    }
  })

  it('cover every folder of source that is mounted in an app, and no folder is empty', () => {
    for (const folder of HTTP_FOLDERS) {
      expect(testFiles.filter(path => path.startsWith(`test/${folder}/`)).length, folder).toBeGreaterThan(0)
    }
    const mounted = ['router', 'http', 'login', 'jssdk', 'media', 'service-keys']
    expect(HTTP_FOLDERS).toEqual(expect.arrayContaining(mounted))
  })
})

describe('the order of the test files', () => {
  it('keeps the files of a project together, so that a worker goes on with the next one', async () => {
    const specifications = projects.flatMap(({ name, include }) =>
      include.map(path => ({ project: { name }, moduleId: join(here, '..', path) })),
    )
    const shuffled = specifications.toSorted((a, b) => a.moduleId.localeCompare(b.moduleId))
    const [longest, ...sorted] = await LongFilesFirst.prototype.sort(shuffled as TestSpecification[])
    expect(longest?.moduleId).toMatch(/many-processes\.test\.ts$/)
    const names = sorted.map(({ project }) => project.name)
    const runs = names.filter((name, index) => name !== names[index - 1])
    expect(runs.length).toBe(new Set(names).size)
    expect(sorted.length + 1).toBe(specifications.length)
  })
})

describe('the text of the tests', () => {
  it('says `it` and imports TypeScript as .ts', () => {
    const usesTest = onDisk.filter(path => /import \{[^}]*\btest\b[^}]*\} from 'vitest'/.test(textOf(path)))
    expect(usesTest).toEqual([])
    const relativeScripts = onDisk.flatMap(path =>
      [...textOf(path).matchAll(/\b(?:from|import|vi\.mock)\s*\(?\s*'(\.[^']+\.js)'/g)]
        .map(match => match[1] ?? '')
        .filter(name => existsSync(join(here, '..', dirname(path), name.replace(/\.js$/, '.ts'))))
        .map(name => `${path}: ${name}`),
    )
    expect(relativeScripts).toEqual([])
  })
})
