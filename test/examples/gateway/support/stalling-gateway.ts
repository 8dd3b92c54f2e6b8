import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, constants, mkdtempSync, openSync, rmSync } from 'node:fs'
import { Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import { fileURLToPath } from 'node:url'
import type { RunningSimulator } from 'express-wechat/simulator'
import { COMPILE_CACHE } from '../../../support/compile-cache.ts'
import { sessionSecret } from './gateway-process.ts'

/** What standard output and standard error of the gateway are. */
export type OutputKind = 'a pipe' | 'a socket' | 'a terminal'

/** A gateway whose whole output has one reader, which can stop reading. */
export interface StallingGateway {
  origin: string
  url: string
  metricsUrl: string
  stopReading(): void
  /** Reads again, and resolves when this was written. */
  readUntil(pattern: RegExp): Promise<RegExpExecArray>
  readonly written: string
  /** Sends SIGTERM to the gateway itself, and resolves with its exit code; null is a signal that killed it. */
  terminate(): Promise<number | null>
  /** Ends what is left of it. */
  close(): Promise<void>
}

interface Output {
  child: ChildProcess
  /** Everything that the gateway writes. */
  reader: Readable
  stop(): void
  resume(): void
}

const root = fileURLToPath(new URL('../../../../', import.meta.url))
const program = 'examples/gateway/server.ts'

export async function startStallingGateway(
  kind: OutputKind,
  wechat: RunningSimulator,
): Promise<StallingGateway> {
  const env = {
    PATH: process.env.PATH,
    ...COMPILE_CACHE,
    ...wechat.env,
    PORT: '0',
    METRICS_PORT: '0',
    RATE_LIMIT: '0',
    TRUST_PROXY: 'loopback',
    SESSION_SECRET: sessionSecret,
  }
  const output = starters[kind](env)
  const { child, reader } = output
  const exited = once(child, 'exit').then(([exitCode]) => exitCode as number | null)
  let written = ''
  reader.setEncoding('utf8').on('data', (text: string) => {
    written += text
  })

  async function readUntil(pattern: RegExp): Promise<RegExpExecArray> {
    output.resume()
    for (;;) {
      const match = pattern.exec(written)
      if (match) return match
      if (child.exitCode !== null)
        throw new Error(`the gateway ended and never wrote ${pattern}:\n${written}`)
      await Promise.race([once(reader, 'data'), exited])
    }
  }

  const [, pid] = await readUntil(/pid (\d+)\b/)
  const [, metricsUrl = ''] = await readUntil(/"url":"(http[^"]+\/metrics)"/)
  const [, url = ''] = await readUntil(/listens at (http:\S+)\s/)

  return {
    origin: new URL(url).origin,
    url,
    metricsUrl,
    stopReading: output.stop,
    readUntil,
    get written() {
      return written
    },
    terminate() {
      process.kill(Number(pid), 'SIGTERM')
      return exited
    },
    async close() {
      if (child.exitCode === null && child.signalCode === null) {
        process.kill(Number(pid), 'SIGKILL')
        output.resume()
        await exited
      }
      reader.destroy()
    },
  }
}

/** The shell tells its process id, and becomes the gateway. */
const shellCommand = `echo pid $$; exec '${process.execPath}' ${program} 2>&1`

const starters: Record<OutputKind, (env: NodeJS.ProcessEnv) => Output> = {
  'a pipe'(env) {
    const folder = mkdtempSync(join(tmpdir(), 'gateway-log-'))
    const path = join(folder, 'log')
    execFileSync('mkfifo', [path])
    const readEnd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK)
    const writeEnd = openSync(path, constants.O_WRONLY)
    rmSync(folder, { recursive: true })
    const child = spawn('sh', ['-c', shellCommand], {
      cwd: root,
      env,
      stdio: ['ignore', writeEnd, 'inherit'],
    })
    closeSync(writeEnd)
    return pausing(child, new Socket({ fd: readEnd, readable: true, writable: false }))
  },

  // Node's "pipe" is a socket, as the systemd journal is.
  'a socket'(env) {
    const child = spawn('sh', ['-c', shellCommand], { cwd: root, env, stdio: ['ignore', 'pipe', 'inherit'] })
    return pausing(child, child.stdout)
  },

  // `script` gives its program a terminal, and types there what it gets: Ctrl-S stops the output, Ctrl-Q resumes it.
  'a terminal'(env) {
    const child = spawn('script', ['--quiet', '--return', '--command', shellCommand, '/dev/null'], {
      cwd: root,
      env: { ...env, SHELL: '/bin/sh' },
      stdio: ['pipe', 'pipe', 'inherit'],
    })
    return {
      child,
      reader: child.stdout,
      stop: () => void child.stdin.write('\x13'),
      resume: () => void child.stdin.write('\x11'),
    }
  },
}

function pausing(child: ChildProcess, reader: Readable): Output {
  return { child, reader, stop: () => void reader.pause(), resume: () => void reader.resume() }
}
