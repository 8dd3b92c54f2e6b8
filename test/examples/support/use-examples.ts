import { afterAll } from 'vitest'
import { type Child, runProgram } from '../gateway/support/child.ts'

/** Starts a file of `examples` on a free port, and resolves with the address that it prints. */
export type StartExample = (file: string, env: Record<string, string>) => Promise<string>

/** Examples run in processes of their own, until the tests of the file have ended. */
export function useExamples(): StartExample {
  const running: Child[] = []
  afterAll(async () => {
    for (const child of running) child.kill('SIGTERM')
    await Promise.all(running.map(child => child.ended))
  })

  return async function startExample(file, env) {
    const child = runProgram(`examples/${file}`, { PORT: '0', ...env })
    running.push(child)
    const [, address = ''] = await child.wrote('stdout', /(http:\S+)\n/)
    return address
  }
}
