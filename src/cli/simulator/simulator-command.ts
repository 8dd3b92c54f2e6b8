import { type RunningSimulator, type SimulatorOptions, startSimulator } from '../../simulator/index.js'
import { commandEnvironment } from './command-environment.js'
import { parseCommandLine, usage } from './command-line.js'
import { runCommand } from './run-command.js'

/** The port if it is free. With the same port after a restart, open tabs of the dashboard go on working. */
const PREFERRED_PORT = 3_999

/**
 * `express-wechat simulator`: runs a simulator until a signal comes, or until the command after `--` ends. Sets
 * `process.exitCode`: 2 for a mistake on the command line, 1 if the simulator can't start, else the command's own.
 */
export async function runSimulatorCommand(args: readonly string[]): Promise<void> {
  const line = parseCommandLine(args)
  if (line.kind === 'help') {
    console.info(usage)
    return
  }
  if (line.kind === 'mistake') {
    console.error(`express-wechat simulator: ${line.message}\n\n${usage}`)
    process.exitCode = 2
    return
  }

  const simulator = await start(line.options)
  if (!simulator) return
  if (line.reset) simulator.reset()
  if (line.command.length === 0) {
    console.info(description(simulator, line.options))
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void simulator.close())
    return
  }

  // Standard output belongs to the command, so the description goes to standard error.
  console.error(description(simulator, line.options))
  const { exitCode, signal } = await runCommand(line.command, commandEnvironment(simulator, line.variables))
  await simulator.close()
  process.exitCode = exitCode
  if (signal) process.kill(process.pid, signal)
}

async function start(options: SimulatorOptions): Promise<RunningSimulator | undefined> {
  try {
    const simulator = await startSimulator({ preferredPort: PREFERRED_PORT, ...options })
    const { autoApprove } = options
    if (typeof autoApprove !== 'string' || simulator.people.get(autoApprove)) return simulator

    await simulator.close()
    const ids = simulator.people.list().map(({ id }) => id)
    throw new TypeError(
      `express-wechat simulator: --as must be one of ${ids.join(', ')}, got "${autoApprove}"`,
    )
  } catch (error) {
    // The message says the reason in one line; a stack would hide it.
    console.error(error instanceof Error ? error.message : error)
    process.exitCode = 1
    return undefined
  }
}

function description(simulator: RunningSimulator, { allowInsecureHost = false }: SimulatorOptions): string {
  const settings = Object.entries(simulator.env).map(([name, value]) => `  ${name}=${value}`)
  const warning = allowInsecureHost
    ? ['WARNING: other machines may reach this simulator, and can log in as any of its people.']
    : []
  return [
    `WeChat simulator at ${simulator.url} (app id ${simulator.appId}), for development only`,
    ...warning,
    `Its dashboard is at ${simulator.url}/, and your page in its phone at ${simulator.url}/phone?url=…`,
    'The environment that points an app at it:',
    ...settings,
    `Key for its control API: ${simulator.controlKey}`,
  ].join('\n')
}
