import { type ChildProcess, spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { COMPILE_CACHE } from '../../../support/compile-cache.ts'

const script = fileURLToPath(new URL('../../../../examples/time-capsule/server.ts', import.meta.url))

export interface StartedScript {
  /** All that was printed so far. */
  output(): string
  /** The app's own address. */
  url: string
  /** The first address that it tells people to open; without the simulator, the app's own. */
  entrance: string
  /** Ends it as Ctrl+C does; gives the exit code. */
  stop(): Promise<number | null>
}

/** What `npm start` runs, with this environment and nothing of WeChat's from ours. */
export async function startScript(env: Record<string, string>): Promise<StartedScript> {
  const child = run(env)
  let output = ''
  const entrance = await new Promise<string>((resolve, reject) => {
    const read = (text: string) => {
      output += text
      const address = /http:\/\/\S+/.exec(output)
      if (address && /\n$/.test(output)) resolve(address[0])
    }
    child.stdout?.setEncoding('utf8').on('data', read)
    child.stderr?.setEncoding('utf8').on('data', read)
    child.once('exit', code => reject(new Error(`it ended with ${code}: ${output}`)))
  })
  const ended = new Promise<number | null>(resolve => child.once('exit', resolve))
  return {
    output: () => output,
    entrance,
    url: new URL(new URL(entrance).searchParams.get('url') ?? entrance).origin,
    stop() {
      child.kill('SIGINT')
      return ended
    },
  }
}

export function run(env: Record<string, string>): ChildProcess {
  const { PATH = '', HOME = '' } = process.env
  return spawn(process.execPath, [script], {
    env: { PATH, HOME, ...COMPILE_CACHE, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
}
