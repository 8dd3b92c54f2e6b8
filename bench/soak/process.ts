import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import type { Question, Reading } from './messages.ts'

/** The server under load or its upstream, in its own process. */
export interface Program {
  origin: string
  countHandles(): Promise<number>
  read(): Promise<Reading>
  stop(): Promise<void>
}

/**
 * Makes glibc give freed memory back at once. By default it keeps as much as the busiest second needed, so that the RSS
 * would follow the speed of the machine. Other C libraries ignore these variables.
 */
const RETURN_FREED_MEMORY = {
  MALLOC_ARENA_MAX: '1',
  MALLOC_MMAP_THRESHOLD_: '32768',
  MALLOC_TRIM_THRESHOLD_: '131072',
}

/** Starts a program of this folder, and waits until it listens. */
export async function startProgram(file: string, ...args: string[]): Promise<Program> {
  const child: ChildProcess = fork(new URL(`./${file}`, import.meta.url), args, {
    execArgv: ['--expose-gc'],
    env: { ...process.env, ...RETURN_FREED_MEMORY },
  })
  const [{ port }] = await next(child)

  async function ask(question: Question) {
    const answered = next(child)
    child.send(question)
    const [answer] = await answered
    return answer
  }

  return {
    origin: `http://127.0.0.1:${port}`,
    countHandles: async () => (await ask('handles')).handles,
    read: () => ask('reading'),
    async stop() {
      if (child.exitCode !== null || child.signalCode !== null) return
      const exited = once(child, 'exit')
      child.kill()
      await exited
    },
  }
}

/** Resolves to the arguments of the child's next message. Rejects if the process ends first. */
function next(child: ChildProcess) {
  const over = new AbortController()
  const ended = once(child, 'exit', { signal: over.signal }).then(([code, signal]) => {
    throw new Error(`the process has ended: ${signal ?? code}`)
  })
  return Promise.race([once(child, 'message', { signal: over.signal }), ended]).finally(() => {
    ended.catch(() => {})
    over.abort()
  })
}
