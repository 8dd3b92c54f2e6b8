#!/usr/bin/env node
import { commandEnvironment } from './command-environment.js'
import { parseCommandLine, usage } from './command-line.js'
import type { SimulatorOptions } from './options.js'
import { runCommand } from './run-command.js'
import { type RunningSimulator, startSimulator } from './server.js'

async function main() {
  const line = parseCommandLine(process.argv.slice(2))
  if (line.kind === 'help') {
    console.info(usage)
    return
  }
  if (line.kind === 'mistake') {
    console.error(`wechat-simulator: ${line.message}\n\n${usage}`)
    process.exitCode = 2
    return
  }

  const simulator = await start(line.options)
  if (!simulator) return
  if (line.command.length === 0) {
    console.info(description(simulator, line.options))
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void simulator.close())
    return
  }

  // Standard output belongs to the command.
  console.error(description(simulator, line.options))
  const { exitCode, signal } = await runCommand(line.command, commandEnvironment(simulator, line.variables))
  await simulator.close()
  process.exitCode = exitCode
  if (signal) process.kill(process.pid, signal)
}

async function start(options: SimulatorOptions): Promise<RunningSimulator | undefined> {
  try {
    const simulator = await startSimulator(options)
    const { autoApprove } = options
    if (typeof autoApprove !== 'string' || simulator.people.get(autoApprove)) return simulator

    await simulator.close()
    const ids = simulator.people.list().map(({ id }) => id)
    throw new TypeError(`wechat-simulator: --as must be one of ${ids.join(', ')}, got "${autoApprove}"`)
  } catch (error) {
    // What refuses to start says why in one line; a stack would hide it.
    console.error(error instanceof Error ? error.message : error)
    process.exitCode = 1
    return undefined
  }
}

function description(simulator: RunningSimulator, { allowInsecureHost = false }: SimulatorOptions): string {
  const settings = Object.entries(simulator.env).map(([name, value]) => `  ${name}=${value}`)
  const warning = allowInsecureHost
    ? ['WARNING: other machines may reach this simulator. Whoever does can log in as anybody.']
    : []
  return [
    `WeChat simulator at ${simulator.url} (app id ${simulator.appId}), for development only`,
    ...warning,
    `Its control room is at ${simulator.url}/, and a phone for your page at ${simulator.url}/phone`,
    'The environment that points an app at it:',
    ...settings,
    `Key for its control API: ${simulator.controlKey}`,
  ].join('\n')
}

await main()
