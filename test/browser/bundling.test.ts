import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { build as buildWithEsbuild } from 'esbuild'
import { build as buildWithVite } from 'vite'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'

const root = fileURLToPath(new URL('../..', import.meta.url))

interface PageGlobals {
  window?: object
  location?: { href: string }
}

describe('the bare import in an app’s bundle', () => {
  let project: string

  beforeEach(() => {
    project = mkdtempSync(join(tmpdir(), 'express-wechat-bundle-'))
    mkdirSync(join(project, 'node_modules'))
    symlinkSync(root, join(project, 'node_modules/express-wechat'), 'dir')
    writeFileSync(join(project, 'package.json'), '{ "type": "module" }')
    writeFileSync(join(project, 'entry.js'), `import 'express-wechat/browser'\n`)
  })

  afterEach(() => {
    rmSync(project, { recursive: true })
  })

  it.each([
    ['Vite', bundleWithVite],
    ['esbuild', bundleWithEsbuild],
  ])('records the landing address, built by %s', async (_name, bundle) => {
    const file = await bundle(project)
    expect(await landingAfter(file)).toBe('https://m.example.com/landed')
  })
})

async function bundleWithVite(project: string): Promise<string> {
  await buildWithVite({
    root: project,
    configFile: false,
    logLevel: 'silent',
    build: {
      outDir: 'built',
      minify: true,
      rolldownOptions: { input: join(project, 'entry.js'), output: { entryFileNames: 'entry.js' } },
    },
  })
  return join(project, 'built/entry.js')
}

async function bundleWithEsbuild(project: string): Promise<string> {
  const outfile = join(project, 'built/entry.js')
  await buildWithEsbuild({
    entryPoints: [join(project, 'entry.js')],
    outfile,
    bundle: true,
    minify: true,
    format: 'esm',
    logLevel: 'silent',
  })
  return outfile
}

/** Evaluates a bundle as a page at that address, and gives the address that it left on the window. */
async function landingAfter(file: string): Promise<unknown> {
  const globals = globalThis as PageGlobals
  const window: Record<symbol, unknown> = {}
  globals.window = window
  globals.location = { href: 'https://m.example.com/landed' }
  try {
    await import(/* @vite-ignore */ pathToFileURL(file).href)
  } finally {
    delete globals.window
    delete globals.location
  }
  return window[Symbol.for('express-wechat:landing')]
}
