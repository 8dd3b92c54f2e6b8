import { spawn } from 'node:child_process'
import { VoiceError } from '../voice-error.js'

const maxComplaintCharacters = 4096

export interface ProgramRun {
  input: Uint8Array
  maxOutputBytes: number
  signal: AbortSignal
}

export interface ProgramResult {
  exitCode: number | null
  output: Buffer
  /** The beginning of what it wrote to stderr: for developers, never for clients. */
  complaint: string
}

/**
 * Runs a program on `input` and collects what it writes. It is killed when the signal aborts or when it writes too
 * much. Undefined when there is no such program.
 */
export function runBounded(
  program: string,
  args: readonly string[],
  { input, maxOutputBytes, signal }: ProgramRun,
): Promise<ProgramResult | undefined> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, {
      env: bareEnvironment(),
      killSignal: 'SIGKILL',
      signal,
      stdio: 'pipe',
      windowsHide: true,
    })
    // First of all: without this listener a failed spawn would end the process.
    child.on('error', error => {
      if (child.pid !== undefined) stop()
      if (signal.aborted) reject(signal.reason)
      else if (isMissing(error)) resolve(undefined)
      else reject(error)
    })
    // Not started: the event above says why. Where file descriptors ran out, there are not even streams.
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
      complaint = (complaint + text).slice(0, maxComplaintCharacters)
    })
    // A program that has read enough closes its end. How it went, the exit code says.
    child.stdin.on('error', () => {})
    child.stdin.end(input)
    child.on('close', exitCode => resolve({ exitCode, output: Buffer.concat(output), complaint }))

    function stop(): void {
      child.kill('SIGKILL')
      // Children of a wrapper script would keep these open.
      for (const stream of child.stdio) stream?.destroy()
    }
  })
}

/** The application's environment holds its secrets: the program gets none of it but where programs are. */
function bareEnvironment(): NodeJS.ProcessEnv {
  const environment: NodeJS.ProcessEnv = {}
  for (const name of ['PATH', 'SystemRoot', 'LD_LIBRARY_PATH', 'TMPDIR']) {
    const value = process.env[name]
    if (value !== undefined) environment[name] = value
  }
  return environment
}

function isMissing(error: NodeJS.ErrnoException): boolean {
  return error.code === 'ENOENT' || error.code === 'EACCES'
}
