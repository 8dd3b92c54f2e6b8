// `npm run bench` runs all scenarios, `npm run bench -- sign` one of them. Words after the name go to the scenario media.
// The output is Markdown: `npm run --silent bench > results.md` makes tables such as those of bench/README.md.
import { cpus, loadavg } from 'node:os'
import { measureExpiry } from './expiry.ts'
import { measureGuard } from './guard.ts'
import { measureHerd } from './herd.ts'
import { measureImport } from './import.ts'
import { measureLogins } from './login.ts'
import { measureScale } from './scale.ts'
import { measureSigning } from './sign.ts'

const [chosen, ...rest] = process.argv.slice(2)
const scenarios: Record<string, () => Promise<unknown>> = {
  sign: measureSigning,
  guard: measureGuard,
  herd: measureHerd,
  expiry: measureExpiry,
  login: measureLogins,
  import: measureImport,
  scale: measureScale,
  // The media scenario ends the process, so it has to be the last one.
  media: async () => {
    process.argv.splice(2, Number.POSITIVE_INFINITY, ...rest)
    await import('./media.ts')
  },
}
if (chosen !== undefined && !Object.hasOwn(scenarios, chosen)) {
  throw new Error(`there is no scenario "${chosen}": ${Object.keys(scenarios).join(', ')}`)
}
console.info(
  `Command: \`npm run bench${chosen === undefined ? '' : ` -- ${[chosen, ...rest].join(' ')}`}\`. ${describeMachine()}`,
)
for (const [name, measure] of Object.entries(scenarios)) {
  if (chosen !== undefined && chosen !== name) continue
  console.info(`\n## ${name} (${describeLoad()})`)
  await measure()
}
process.exit()

function describeMachine(): string {
  const cores = cpus()
  return `Date: ${new Date().toISOString().slice(0, 16).replace('T', ' ')} UTC. Machine: ${cores.length} x ${cores[0]?.model}, Node.js ${process.version}.`
}

/** The load is printed because other processes on the same cores make times longer, and their ratios noisier. */
function describeLoad(): string {
  return `load average ${loadavg()[0]?.toFixed(1)}`
}
