import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { COMPILE_CACHE } from '../../../support/compile-cache.ts'

export interface Child {
  pid: number
  /** What it wrote so far. */
  readonly stdout: string
  readonly stderr: string
  /** Resolves with the match as soon as it was written, or rejects where the program ends before. */
  wrote(stream: 'stdout' | 'stderr', pattern: RegExp): Promise<RegExpExecArray>
  readonly ended: Promise<{ exitCode: number | null; signal: NodeJS.Signals | null }>
  kill(signal: NodeJS.Signals): void
}

const root = fileURLToPath(new URL('../../../../', import.meta.url))

/**
 * Starts a program of the repository under Node.js. It gets the given variables, and of this process's own variables only
 * PATH; Node.js keeps its compiled code in the tests' cache folder.
 */
export function runProgram(path: string, env: Record<string, string | undefined>): Child {
  return runCommand(process.execPath, [path], env)
}

export function runCommand(
  command: string,
  args: string[],
  env: Record<string, string | undefined> = {},
): Child {
  const child: ChildProcess = spawn(command, args, {
    cwd: root,
    env: { PATH: process.env.PATH, ...COMPILE_CACHE, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const written = { stdout: '', stderr: '' }
  for (const stream of ['stdout', 'stderr'] as const) {
    child[stream]?.setEncoding('utf8').on('data', (text: string) => {
      written[stream] += text
      child.emit('written')
    })
  }
  const ended = once(child, 'close').then(([exitCode, signal]) => ({ exitCode, signal }))

  async function wrote(stream: 'stdout' | 'stderr', pattern: RegExp): Promise<RegExpExecArray> {
    for (;;) {
      const match = pattern.exec(written[stream])
      if (match) return match
      if (child.exitCode !== null || child.signalCode !== null) {
        throw new Error(
          `${args.join(' ')} ended and never wrote ${pattern}:\n${written.stdout}${written.stderr}`,
        )
      }
      await Promise.race([once(child, 'written'), ended])
    }
  }

  return {
    pid: child.pid ?? 0,
    get stdout() {
      return written.stdout
    },
    get stderr() {
      return written.stderr
    },
    wrote,
    ended,
    kill: signal => void child.kill(signal),
  }
}
