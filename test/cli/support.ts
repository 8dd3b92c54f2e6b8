import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { onTestFinished } from 'vitest'

const root = fileURLToPath(new URL('../../', import.meta.url))

export interface StartedCli {
  child: ChildProcess
  /** What the process has written so far. */
  said: { stdout: string; stderr: string }
}

/** The command as it is shipped: the bundle that the build made, started by Node itself. */
export function useBuiltCli() {
  return {
    start(args: readonly string[], env: Record<string, string> = {}): StartedCli {
      const child = spawn(process.execPath, [join(root, 'dist/cli.js'), ...args], {
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
