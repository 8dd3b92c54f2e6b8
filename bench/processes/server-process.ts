import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'

/** A server in its own process, so that the CPU time of the process is that of the server alone. */
export interface ServerProcess {
  readonly port: number
  /** Asks the process for a number, such as `connections`. `cpu` is its CPU time since its start, in microseconds. */
  ask(question: string): Promise<number>
  stop(): void
}

export async function startServer(
  file: string,
  args: readonly string[] = [],
  environment: NodeJS.ProcessEnv = {},
): Promise<ServerProcess> {
  const child: ChildProcess = fork(fileURLToPath(new URL(file, import.meta.url)), args, {
    env: { ...process.env, NODE_ENV: 'test', ...environment },
  })
  const next = async () => Number((await once(child, 'message'))[0])
  const port = await next()
  return {
    port,
    ask(question) {
      const answer = next()
      child.send(question)
      return answer
    },
    stop: () => void child.kill(),
  }
}

/** Runs in a server's process: sends the port to the bench, and answers its questions until the bench ends. */
export function serveBench(port: number, answers: Record<string, () => number> = {}): void {
  process.send?.(port)
  process.on('message', question => process.send?.(answers[String(question)]?.() ?? cpuMicroseconds()))
  process.once('disconnect', () => process.exit())
}

function cpuMicroseconds(): number {
  const { user, system } = process.cpuUsage()
  return user + system
}
