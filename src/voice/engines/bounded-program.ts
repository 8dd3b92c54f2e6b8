import { spawn } from 'node:child_process'
import { VoiceError } from '../types.js'

const MAX_COMPLAINT_CHARACTERS = 4096

export interface ProgramRun {
  input: Uint8Array
  maxOutputBytes: number
  signal: AbortSignal
}

export interface ProgramResult {
  exitCode: number | null
  output: Buffer
  /** The first 4096 characters of stderr: for developers, never for clients. */
  complaint: string
}

/**
 * Runs a program on `input` and collects its output. The program is killed if the signal aborts or if it writes more
 * than `maxOutputBytes`. Resolves with undefined if there is no such program.
 */
export function runBounded(
  program: string,
  args: readonly string[],
  { input, maxOutputBytes, signal }: ProgramRun,
): Promise<ProgramResult | undefined> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, {
      env: createBareEnvironment(),
      killSignal: 'SIGKILL',
      signal,
      stdio: 'pipe',
      windowsHide: true,
    })
    // Attached first: without this listener a failed spawn would end the process.
    child.on('error', error => {
      if (child.pid !== undefined) stop()
      if (signal.aborted) reject(signal.reason)
      else if (isProgramMissing(error)) resolve(undefined)
      else reject(error)
    })
    // The program did not start; the event above says why. If file descriptors ran out, it has no streams either.
    if (child.pid === undefined) return

    const output: Buffer[] = []
    let outputBytes = 0
    let complaint = ''
    child.stdout.on('data', (chunk: Buffer) => {
      outputBytes += chunk.length
      if (outputBytes <= maxOutputBytes) {
        output.push(chunk)
        return
      }
      stop()
      reject(
        new VoiceError('voice_too_large', `the converted recording is larger than ${maxOutputBytes} bytes`),
      )
    })
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      complaint = (complaint + text).slice(0, MAX_COMPLAINT_CHARACTERS)
    })
    // A program may close its stdin before it has read everything. The exit code tells whether that is an error.
    child.stdin.on('error', () => {})
    child.stdin.end(input)
    child.on('close', exitCode => resolve({ exitCode, output: Buffer.concat(output), complaint }))

    function stop(): void {
      child.kill('SIGKILL')
      // The children of a wrapper script can outlive it and would keep these pipes open.
      for (const stream of child.stdio) stream?.destroy()
    }
  })
}

/** The application's environment holds its secrets: the program gets only the variables that it needs to run. */
function createBareEnvironment(): NodeJS.ProcessEnv {
  const environment: NodeJS.ProcessEnv = {}
  for (const name of ['PATH', 'SystemRoot', 'LD_LIBRARY_PATH', 'TMPDIR']) {
    const value = process.env[name]
    if (value !== undefined) environment[name] = value
  }
  return environment
}

function isProgramMissing(error: NodeJS.ErrnoException): boolean {
  return error.code === 'ENOENT' || error.code === 'EACCES'
}
