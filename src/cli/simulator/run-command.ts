import { spawn } from 'node:child_process'

const forwarded = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const

export interface CommandEnd {
  exitCode: number
  /** The signal that ended it, if one did. */
  signal: NodeJS.Signals | undefined
}

/** Runs the command in this terminal until it ends. A signal that would stop this process goes to the command. */
export function runCommand(
  command: readonly string[],
  env: Readonly<Record<string, string>>,
): Promise<CommandEnd> {
  const [program = '', ...args] = command
  // `npm run` starts the app two processes further down, and passes no signal on. In a terminal, Ctrl-C reaches all of
  // them, and a process group of its own would take the terminal's input away from the app. Elsewhere the group is how
  // a signal reaches all of them.
  const isGroup = !process.stdin.isTTY && process.platform !== 'win32'
  const child = spawn(program, args, {
    stdio: 'inherit',
    detached: isGroup,
    env: { ...process.env, ...env },
    // On Windows `npm` and its like are scripts, which only a shell can start.
    shell: process.platform === 'win32',
  })

  const forward = (signal: NodeJS.Signals) => {
    // Ctrl-C in a terminal reaches the whole group; a second one would make many programs give up at once.
    if (signal === 'SIGINT' && process.stdin.isTTY) return
    if (isGroup && child.pid !== undefined) process.kill(-child.pid, signal)
    else child.kill(signal)
  }
  for (const signal of forwarded) process.on(signal, forward)

  return new Promise(resolve => {
    const end = (result: CommandEnd) => {
      for (const signal of forwarded) process.removeListener(signal, forward)
      resolve(result)
    }
    child.once('error', error => {
      console.error(`express-wechat simulator: could not start "${program}": ${error.message}`)
      // The code with which a shell reports this.
      end({ exitCode: 127, signal: undefined })
    })
    child.once('exit', (code, signal) => end({ exitCode: code ?? 1, signal: signal ?? undefined }))
  })
}
