#!/usr/bin/env node
import { describeOldNode } from './node-version.js'
import { usage } from './usage.js'

/** Runs a command with the arguments after its name, and sets `process.exitCode`. */
type Command = (args: readonly string[]) => Promise<void>

// A command is loaded only if it is asked for, so that no command loads the imports of another one.
const commands: ReadonlyMap<string, () => Promise<Command>> = new Map([
  ['simulator', async () => (await import('./simulator/simulator-command.js')).runSimulatorCommand],
  ['doctor', async () => (await import('./doctor/doctor-command.js')).runDoctorCommand],
])

await main(process.argv.slice(2))

async function main([name, ...args]: readonly string[]): Promise<void> {
  if (name === '--help' || name === '-h' || name === 'help') {
    console.info(usage)
    return
  }
  const load = commands.get(name ?? '')
  if (!load) {
    const mistake = name === undefined ? 'a command is missing' : `there is no command "${name}"`
    console.error(`express-wechat: ${mistake}\n\n${usage}`)
    process.exitCode = 2
    return
  }
  const tooOld = describeOldNode(process.versions.node)
  if (tooOld !== undefined) {
    console.error(tooOld)
    process.exitCode = 2
    return
  }
  const command = await load()
  await command(args)
}
