import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { createInterface } from 'node:readline'
import { pathToFileURL } from 'node:url'
import type { RunningSimulator } from 'express-wechat/simulator'

export interface MigrationApps {
  /** Where the app of one block listens. */
  originOf(label: string): string
  close(): Promise<void>
}

interface MigrationSetup {
  /** Where the blocks are written, and what the old packages take for the app's folder. */
  folder: string
  simulator: RunningSimulator
  /** The blocks' code by their labels. */
  sources: Readonly<Record<string, string>>
}

/**
 * Runs each block as an app of its own, all in one process, with the module before them by which
 * `express-wechat simulator -- command` leads calls to WeChat to the simulator.
 */
export async function startMigrationApps({
  folder,
  simulator,
  sources,
}: MigrationSetup): Promise<MigrationApps> {
  const files = Object.entries(sources).map(([label, code], index) => {
    const path = join(folder, `${index}.js`)
    writeFileSync(path, code)
    return { label, path }
  })
  const preload = pathToFileURL(resolve('dist/simulator-preload.js')).href
  const child = spawn(
    process.execPath,
    [`--import=${preload}`, resolve('test/docs/run-migration-apps.ts'), ...files.map(({ path }) => path)],
    {
      cwd: folder,
      env: { ...process.env, ...simulator.env, WECHAT_SIMULATOR_URL: simulator.url, NODE_ENV: 'development' },
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  )
  let errors = ''
  child.stderr.on('data', text => {
    errors += text
  })
  const ended = once(child, 'exit')
  const origins = await readOrigins(child.stdout, files)
  if (!origins) {
    await ended
    throw new Error(`the apps ended: ${errors}`)
  }

  return {
    originOf(label) {
      const origin = origins.get(label)
      if (origin === undefined) throw new Error(`no app is ${label}`)
      return origin
    },
    async close() {
      child.kill()
      await ended
    },
  }
}

async function readOrigins(
  stdout: NodeJS.ReadableStream,
  files: readonly { label: string }[],
): Promise<Map<string, string> | undefined> {
  for await (const line of createInterface(stdout)) {
    // The old packages print as well.
    const [, list] = /^origins: (.*)$/.exec(line) ?? []
    if (list !== undefined) {
      const origins = list.split(' ')
      return new Map(files.map(({ label }, index) => [label, origins[index] ?? '']))
    }
  }
  return undefined
}
