import { spawn } from 'node:child_process'

const forwarded = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const

export interface CommandEnd {
  exitCode: number
  /** The signal that ended the command; undefined if it ended by itself. */
  signal: NodeJS.Signals | undefined
}

/** Runs the command in this terminal until it ends. A signal that would stop this process goes to the command. */
export function runCommand(
  command: readonly string[],
  env: Readonly<Record<string, string>>,
): Promise<CommandEnd> {
  const [program = '', ...args] = command
  // `npm run` starts the app in a child of its child, and passes no signal on. In a terminal, Ctrl-C reaches all three,
  // and a new process group would take the terminal's input away from the app. Without a terminal, the command gets a
  // new process group, so that one signal reaches all three.
  const isGroup = !process.stdin.isTTY && process.platform !== 'win32'
  const child = spawn(program, args, {
    stdio: 'inherit',
    detached: isGroup,
    env: { ...process.env, ...env },
    // On Windows `npm` and its like are scripts, which only a shell can start.
    shell: process.platform === 'win32',
  })

  const forward = (signal: NodeJS.Signals) => {
    // In a terminal the command gets Ctrl-C itself. Many programs stop without cleaning up on a second SIGINT.
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
      // A shell also uses 127 for a command that it can't start.
      end({ exitCode: 127, signal: undefined })
    })
    child.once('exit', (code, signal) => end({ exitCode: code ?? 1, signal: signal ?? undefined }))
  })
}
