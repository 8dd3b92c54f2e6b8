import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { stripTypeScriptTypes } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { amrClip } from './clips.js'

const source = new URL('../../src/', import.meta.url)
let folder: string

// The package as an application has it that installed neither ffmpeg nor the optional packages.
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'voice-alone-'))
  mkdirSync(join(folder, 'voice'))
  writeFileSync(join(folder, 'package.json'), '{ "type": "module" }')
  writeFileSync(join(folder, 'clip.amr'), amrClip('12.2'))
  for (const file of ['', 'voice/'].flatMap(under =>
    readdirSync(new URL(under, source)).map(name => under + name),
  )) {
    if (!file.endsWith('.ts') || file.endsWith('.d.ts')) continue
    const program = stripTypeScriptTypes(readFileSync(new URL(file, source), 'utf8'))
    writeFileSync(join(folder, file.replace(/\.ts$/, '.js')), program)
  }
})

afterAll(() => rmSync(folder, { recursive: true }))

function convert(options: object): string {
  const program = `
    import { readFileSync } from 'node:fs'
    import { convertVoice } from './voice/index.js'
    convertVoice(readFileSync('clip.amr'), ${JSON.stringify({ ffmpegPath: '/nowhere/ffmpeg', ...options })}).then(
      () => console.info('converted'),
      error => console.info(error.status, error.code, error.message),
    )`
  const args = ['--input-type=module', '--eval', program]
  const { stdout, stderr } = spawnSync(process.execPath, args, { cwd: folder, encoding: 'utf8', env: {} })
  expect(stderr).toBe('')
  return stdout.trim()
}

describe('with neither ffmpeg nor the optional packages', () => {
  const install = 'on the PATH (apt-get install ffmpeg, apk add ffmpeg, brew install ffmpeg)'

  it('asking for MP3 names what to install', () => {
    expect(convert({ format: 'mp3' })).toBe(
      `501 voice_engine_missing converting amr to mp3 needs ffmpeg with libmp3lame ${install}, or npm install @audio/decode-amr wasm-media-encoders`,
    )
  })

  it('asking for WAV names the one package that is enough', () => {
    expect(convert({ format: 'wav' })).toBe(
      `501 voice_engine_missing converting amr to wav needs ffmpeg ${install}, or npm install @audio/decode-amr`,
    )
  })

  it('asking for one engine names what that one needs', () => {
    expect(convert({ format: 'ogg', engine: 'javascript' })).toBe(
      '501 voice_engine_missing converting amr to ogg needs npm install @audio/decode-amr wasm-media-encoders',
    )
  })
})
