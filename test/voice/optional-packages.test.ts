import { spawnSync } from 'node:child_process'
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { stripTypeScriptTypes } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { amrClip } from './clips.ts'

const source = new URL('../../src/', import.meta.url)
let folder: string

// The source as an application has it that installed neither ffmpeg nor the optional packages.
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'voice-alone-'))
  mkdirSync(join(folder, 'node_modules'))
  symlinkSync(
    fileURLToPath(new URL('../../node_modules/zod', import.meta.url)),
    join(folder, 'node_modules/zod'),
  )
  writeFileSync(join(folder, 'package.json'), '{ "type": "module" }')
  writeFileSync(join(folder, 'clip.amr'), amrClip('12.2'))
  const files = readdirSync(source, { recursive: true, encoding: 'utf8' })
  for (const file of files) {
    if (!/^(?:voice|errors|util)[/\\].*(?<!\.d)\.ts$/.test(file)) continue
    mkdirSync(dirname(join(folder, file)), { recursive: true })
    const program = stripTypeScriptTypes(readFileSync(new URL(file, source), 'utf8'))
    writeFileSync(join(folder, compiledName(file)), program)
  }
})
afterAll(() => rmSync(folder, { recursive: true }))

/** The build renames the worker's module. */
function compiledName(file: string): string {
  return file.replace('engines/javascript-worker', 'engines/voice-worker').replace(/\.ts$/, '.js')
}

/** Installs a decoder in place of the optional package, until the end of the test. */
function installDecoder(body: string): void {
  const installed = join(folder, 'node_modules/@audio/decode-amr')
  onTestFinished(() => rmSync(installed, { recursive: true, force: true }))
  mkdirSync(installed, { recursive: true })
  writeFileSync(join(installed, 'package.json'), '{ "type": "module", "exports": "./decoder.js" }')
  writeFileSync(join(installed, 'decoder.js'), `export async function decoder() { ${body} }`)
}

/** Returns what a process prints that converts the clip once for each options, then shows that it still runs. */
function convert(
  options: object | object[],
  before = '',
  starter: readonly string[] = [process.execPath],
): string {
  const program = `
    import { openSync, readFileSync } from 'node:fs'
    import { convertVoice } from './voice/index.js'
    const clip = readFileSync('clip.amr')
    ${before}
    for (const options of ${JSON.stringify([options].flat())}) {
      await convertVoice(clip, { ffmpegPath: '/nowhere/ffmpeg', ...options }).then(
        () => console.info('converted'),
        error => console.info(error.status, error.code, error.message.replace(/ \\(docs[^)]*\\)$/, ''), error.cause?.message),
      )
    }
    console.info('alive')`
  const args = ['--input-type=module', '--eval', program]
  const env = { WECHAT_APP_SECRET: 'the application secret' }
  const [command = '', ...prefix] = starter
  const { stdout, stderr } = spawnSync(command, [...prefix, ...args], { cwd: folder, encoding: 'utf8', env })
  expect(stderr).toBe('')
  return stdout.trim()
}

describe('with neither ffmpeg nor the optional packages', () => {
  const install = 'on the PATH (apt-get install ffmpeg, apk add ffmpeg, brew install ffmpeg)'

  it('the error names what to install for the format and the engine', () => {
    const options = [{ format: 'mp3' }, { format: 'wav' }, { format: 'ogg', engine: 'javascript' }]
    expect(convert(options).split('\n')).toEqual([
      `501 voice_engine_missing converting amr to mp3 needs ffmpeg with libmp3lame ${install}, or npm install @audio/decode-amr wasm-media-encoders undefined`,
      `501 voice_engine_missing converting amr to wav needs ffmpeg ${install}, or npm install @audio/decode-amr undefined`,
      '501 voice_engine_missing converting amr to ogg needs npm install @audio/decode-amr wasm-media-encoders undefined',
      'alive',
    ])
  })
})

describe('a process without file descriptors to spare', () => {
  it.skipIf(process.platform === 'win32')('gets an error, and lives on', () => {
    const useUp = "try { for (;;) openSync('clip.amr') } catch {}"
    const limited = ['/bin/sh', '-c', 'ulimit -n 60 && exec "$0" "$@"', process.execPath]
    expect(convert({ format: 'wav', engine: 'ffmpeg', ffmpegPath: '/bin/sh' }, useUp, limited)).toBe(
      'undefined EMFILE spawn /bin/sh EMFILE undefined\nalive',
    )
  })
})

describe('a decoder', () => {
  it('that never ends is stopped when the time is up', () => {
    installDecoder('for (;;) {}')
    expect(convert({ format: 'wav', timeoutMs: 500 })).toBe(
      '504 voice_timeout the conversion took longer than 500 ms undefined\nalive',
    )
  })

  it('that takes all memory takes only its own', () => {
    installDecoder(`
      const { resourceLimits } = await import('node:worker_threads')
      throw new Error(resourceLimits.maxOldGenerationSizeMb + ' MB')`)
    expect(convert({ format: 'wav' })).toContain('Error: 128 MB')

    installDecoder('const hoard = []; for (;;) hoard.push(new Array(10_000).fill(hoard.length + 0.5))')
    expect(convert({ format: 'wav', timeoutMs: 30_000 })).toMatch(/ERR_WORKER_OUT_OF_MEMORY.*\nalive$/)
  })

  it('that ends its process ends only its thread', () => {
    installDecoder('process.exit(1)')
    expect(convert({ format: 'wav' })).toMatch(/^422 voice_damaged .*\nalive$/)
  })

  it('learns nothing of the application and prints nothing into its log', () => {
    installDecoder(
      `console.info('noise'); console.error('noise'); throw new Error(JSON.stringify(process.env))`,
    )
    expect(convert({ format: 'wav' })).toBe(
      '422 voice_damaged the AMR recording could not be decoded Error: {}\nalive',
    )
  })
})
