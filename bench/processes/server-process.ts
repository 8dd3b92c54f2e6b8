import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'

/** A server in a process of its own, whose CPU time is the server's alone. */
export interface ServerProcess {
  readonly port: number
  /** The answer of the process to a question, such as `cpu`: microseconds of CPU time since it started. */
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

/** In a server's process: tells the port, and answers questions until the bench is over. */
export function serveBench(port: number, answers: Record<string, () => number> = {}): void {
  process.send?.(port)
  process.on('message', question => process.send?.(answers[String(question)]?.() ?? cpuMicroseconds()))
  process.once('disconnect', () => process.exit())
}

function cpuMicroseconds(): number {
  const { user, system } = process.cpuUsage()
  return user + system
}
