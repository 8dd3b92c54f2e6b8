import { execFileSync } from 'node:child_process'
import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** A temporary project in which packages of the registry are installed. */
export interface Installation {
  folder: string
  /** A file of it, as an absolute path. */
  path(name: string): string
  /** Runs a program in the folder and gives its standard output; throws with all that it wrote if it fails. */
  run(program: string, parameters: string[], env?: Record<string, string>): string
}

const programs = fileURLToPath(new URL('program', import.meta.url))
const folders: string[] = []

/** The tarball that npm would publish, in a folder of its own. */
export function packTarball(): string {
  const folder = makeFolder()
  const root = fileURLToPath(new URL('../..', import.meta.url))
  const output = run(root, 'npm', ['pack', '--json', '--ignore-scripts', '--pack-destination', folder])
  return join(folder, (JSON.parse(output) as [{ filename: string }])[0].filename)
}

/** Installs packages by their `name@range`, or a tarball by its path. No install script runs. */
export function install(packages: readonly string[]): Installation {
  const folder = makeFolder()
  writeFileSync(join(folder, 'package.json'), '{ "private": true, "type": "module" }')
  cpSync(programs, folder, { recursive: true })
  run(folder, 'npm', [
    'install',
    '--ignore-scripts',
    '--no-audit',
    '--no-fund',
    '--no-package-lock',
    ...packages,
  ])
  return {
    folder,
    path: name => join(folder, name),
    run: (program, parameters, env) => run(folder, program, parameters, env),
  }
}

export function removeInstallations(): void {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true })
}

function makeFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'express-wechat-compat-'))
  folders.push(folder)
  return folder
}

function run(folder: string, program: string, parameters: string[], env = {}): string {
  try {
    return execFileSync(program, parameters, {
      cwd: folder,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, ...env },
    })
  } catch (error) {
    const { stdout, stderr } = error as { stdout?: string; stderr?: string }
    const written = `${stdout ?? ''}${stderr ?? ''}`.trim().split('\n').slice(-12).join('\n')
    throw new Error(`${program} ${parameters.join(' ')} failed:\n${written}`, { cause: error })
  }
}
