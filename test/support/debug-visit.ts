import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

const script = fileURLToPath(new URL('./debug-site.ts', import.meta.url))
const run = promisify(execFile)

export interface DebugVisit {
  stderr: string
  /** The secrets that no debug line may hold. */
  canaries: string[]
  /** The debug lines, without their prefix. */
  lines: string[]
}

/** Runs the program of `debug-site.ts` to its end, with these variables. */
export async function visitDebugSite(debug: Record<string, string>): Promise<DebugVisit> {
  const { PATH = '', EXPRESS_MAJOR = '5' } = process.env
  const env = { PATH, EXPRESS_MAJOR, NODE_ENV: 'test', NODE_NO_WARNINGS: '1', ...debug }
  const { stdout, stderr } = await run(process.execPath, [script], { env, timeout: 60_000 })
  const canaries: string[] = JSON.parse(stdout)
  const lines = stderr.split('\n').filter(line => line.startsWith('EXPRESS-WECHAT '))
  return { stderr, canaries, lines: lines.map(line => line.replace(/^\S+ \d+: /, '')) }
}
