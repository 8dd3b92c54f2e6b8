import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import * as library from 'express-wechat'
import * as simulatorLibrary from 'express-wechat/simulator'
import { type RunningSimulator, startSimulator } from 'express-wechat/simulator'
import * as testingLibrary from 'express-wechat/testing'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type RedisServer, redisProgram, startRedis } from '../support/redis-server.ts'
import { guideSamples } from './guides.ts'
import { readSamples, type Sample } from './samples.ts'

/** The page's half is for browsers, and is not loaded here. */
const browserNames = ['configureWechat', 'fetchWithLogin', 'login', 'WechatPageError', 'wx']
const readmes = ['README.md', 'README.zh-CN.md']
const references = ['login', 'page', 'media', 'tokens', 'testing', 'guides/migrating'].map(
  name => `docs/${name}`,
)
const pairs = [readmes, ...references.map(path => [`${path}.md`, `${path}.zh-CN.md`])]
const documents = pairs.flat()
const ownSamples = documents.flatMap(readSamples)
const samples = [...ownSamples, ...guideSamples].filter(sample => sample.language === 'ts')
/** Those of the Chinese documents are the same, which a test holds. Other tests send requests to those of the guides. */
const nodeSamples = samples.filter(
  sample =>
    ownSamples.includes(sample) && !sample.labels.includes('browser') && !sample.name.includes('.zh-CN.'),
)

let folder: string
let simulator: RunningSimulator
let redis: RedisServer | undefined

beforeAll(async () => {
  mkdirSync('artifacts', { recursive: true })
  folder = mkdtempSync(resolve('artifacts/samples-'))
  simulator = await startSimulator()
  redis = redisProgram ? await startRedis() : undefined
  samples.forEach((sample, index) => {
    writeFileSync(pathOf(sample, index), sample.code)
  })
})

afterAll(async () => {
  await Promise.all([simulator.close(), redis?.close()])
  rmSync(folder, { recursive: true })
})

describe('the samples of the documents', () => {
  it('compile under strict rules', () => {
    const options = {
      noEmit: true,
      allowImportingTsExtensions: true,
      noUnusedLocals: false,
      noUnusedParameters: false,
      skipLibCheck: true,
      rootDir: resolve('.'),
      moduleDetection: 'force',
      lib: ['es2024', 'dom', 'dom.iterable'],
      types: ['node'],
    }
    const project = join(folder, 'tsconfig.json')
    writeFileSync(
      project,
      JSON.stringify({
        extends: resolve('tsconfig.json'),
        compilerOptions: options,
        include: [folder, resolve('test/docs/sample-globals.d.ts')],
        exclude: [],
      }),
    )
    const { stdout } = spawnSync(resolve('node_modules/.bin/tsc'), ['-p', project], { encoding: 'utf8' })
    expect(nameFiles(stdout)).toBe('')
  })

  it('that name a file are that file', () => {
    const named = samples.filter(sample => sample.labels.some(label => label.startsWith('file=')))
    expect(named.length).toBeGreaterThan(0)
    for (const { name, labels, code } of named) {
      const file = labels.find(label => label.startsWith('file='))?.slice('file='.length) ?? ''
      expect(code, name).toBe(readFileSync(file, 'utf8'))
    }
  })

  it('run one after another', async () => {
    const needsRedis = (sample: Sample) => sample.code.includes("'redis'")
    const run = nodeSamples.filter(sample => redis || !needsRedis(sample))
    if (!redis) console.warn('SKIPPED: the samples with Redis need a Redis server')
    const { ran, output } = await runSamples(run.map(sample => pathOf(sample, samples.indexOf(sample))))
    expect(
      run.filter((_sample, index) => !ran[index]).map(({ name }) => name),
      output,
    ).toEqual([])
    expect(run.length).toBeGreaterThan(15)
  })
})

const exported = {
  'express-wechat': Object.keys(library),
  'express-wechat/browser': browserNames,
  'express-wechat/simulator': Object.keys(simulatorLibrary),
  'express-wechat/testing': Object.keys(testingLibrary),
}

it('every function that the documents name in backquotes is exported', () => {
  const named = documents.flatMap(document =>
    [...readFileSync(document, 'utf8').matchAll(/`(\w+)\(\)`/g)].map(([, name = '']) => ({ document, name })),
  )
  const known = Object.values(exported).flat()
  expect(named.length).toBeGreaterThan(80)
  expect(named.filter(({ name }) => !known.includes(name))).toEqual([])
})

it.each(readmes)('each export of the four entries has a row in %s', document => {
  const rows = readFileSync(document, 'utf8')
    .split('\n')
    .filter(line => line.startsWith('| `'))
  const named = rows.flatMap(row =>
    [...(row.split(' | ')[0] ?? '').matchAll(/`(\w+)/g)].map(([, name]) => name),
  )
  expect(
    Object.values(exported)
      .flat()
      .filter(name => !named.includes(name)),
  ).toEqual([])
})

it.each(readmes)('each example has a row in %s', document => {
  const examples = readdirSync('examples').filter(name => !['README.md', 'nginx.conf'].includes(name))
  const text = readFileSync(document, 'utf8')
  expect(examples.length).toBeGreaterThan(10)
  expect(examples.filter(name => !text.includes(`[${name}](examples/${name}`))).toEqual([])
})

it.each(pairs)('%s has the same samples as %s', (...languages) => {
  const [english = [], chinese = []] = languages.map(document =>
    readSamples(document).map(({ language, labels, code }) => ({
      language,
      labels,
      code: withoutComments(code),
    })),
  )
  expect(chinese).toEqual(english)
})

function pathOf(sample: Sample, index: number): string {
  return join(folder, `${index}${sample.labels.includes('browser') ? '.browser' : ''}.ts`)
}

/** The compiler speaks of numbered files; readers look for the document's line. */
function nameFiles(text: string): string {
  return text.replace(/(\S*\/)?(\d+)(?:\.browser)?\.ts\((\d+)/g, (_all, _folder, index, line) => {
    return `${samples[Number(index)]?.name} + ${line}`
  })
}

/** A comment stands alone, or behind a blank: an address holds `//` too. */
function withoutComments(code: string): string {
  return code.replace(/(?:^|\s)\s*(?:\/\/|#)\s.*$/gm, '')
}

/** Runs the samples in one process, which the first error ends, and tells which of them ran. */
async function runSamples(paths: readonly string[]): Promise<{ ran: boolean[]; output: string }> {
  const child = spawn(process.execPath, [resolve('test/docs/run-sample.ts'), ...paths], {
    env: {
      ...process.env,
      ...simulator.env,
      ...(redis && { REDIS_URL: redis.url }),
      SESSION_SECRET: 'a secret of at least thirty-two letters',
      CLUB_APP_ID: 'wxsim00000000club',
      CLUB_APP_SECRET: 'sim_0123456789abcdef0123456789abcdef',
      BILLING_KEY: 'a-key-of-at-least-thirty-two-letters',
      PORT: '0',
    },
  })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', text => {
      output += text
    })
  }
  await once(child, 'close')
  return { ran: paths.map(path => output.includes(`ran ${path}\n`)), output }
}
