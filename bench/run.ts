// `npm run bench` runs all scenarios, `npm run bench sign` one of them; more words go to the scenario.
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
  // It ends the process, so it is the last one.
  media: async () => {
    process.argv.splice(2, Number.POSITIVE_INFINITY, ...rest)
    await import('./media.ts')
  },
}
if (chosen !== undefined && !Object.hasOwn(scenarios, chosen)) {
  throw new Error(`there is no scenario "${chosen}": ${Object.keys(scenarios).join(', ')}`)
}
for (const [name, measure] of Object.entries(scenarios)) {
  if (chosen === undefined || chosen === name) await measure()
}
process.exit()
