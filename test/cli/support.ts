import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, onTestFinished } from 'vitest'

const root = fileURLToPath(new URL('../../', import.meta.url))

export interface StartedCli {
  child: ChildProcess
  /** What the process has written so far. */
  said: { stdout: string; stderr: string }
}

/** Compiles the command for the tests of this file. It runs as it is shipped: compiled, and started by Node itself. */
export function useCompiledCli() {
  let folder = ''

  beforeAll(() => {
    const cache = join(root, 'node_modules/.cache')
    mkdirSync(cache, { recursive: true })
    folder = mkdtempSync(join(cache, 'express-wechat-cli-'))
    writeFileSync(join(folder, 'package.json'), '{"type":"module"}')
    const compiler = join(root, 'node_modules/typescript/bin/tsc')
    // The exit code is ignored: whether the source type-checks is tested elsewhere.
    spawnSync(process.execPath, [compiler, '-p', root, '--outDir', folder, '--declaration', 'false'])
  })
  afterAll(() => rmSync(folder, { recursive: true, force: true }))

  return {
    start(args: readonly string[], env: Record<string, string> = {}): StartedCli {
      const child = spawn(process.execPath, [join(folder, 'cli/express-wechat.js'), ...args], {
        env: { PATH: process.env.PATH ?? '', NODE_ENV: 'test', ...env },
        stdio: ['ignore', 'pipe', 'pipe'],
      })
      onTestFinished(() => void child.kill('SIGKILL'))
      const said = { stdout: '', stderr: '' }
      child.stdout.on('data', chunk => {
        said.stdout += chunk
      })
      child.stderr.on('data', chunk => {
        said.stderr += chunk
      })
      return { child, said }
    },
  }
}

export async function ended(child: ChildProcess) {
  const [code, signal] = await once(child, 'close')
  return { code, signal }
}
