import { type FaultPath, faultPaths } from '../../../protocol/scenarios.js'
import { errcodeWords } from '../../texts/fault-words.js'
import { texts } from '../../texts/texts.js'

/** The errcodes in the form's list, those that apps meet most. Any other can be typed. */
const errcodes = ['-1', '40001', '42001', '40029', '40163', '45009', '48001', '45011', '40164'] as const

const named = ['reset', 'lost', 'hang', 'drip', 'cut', 'html', 'empty'] as const

/** The faults in the form's list, in its order. `other` and `delay` show one more field, for the errcode or the time. */
export const faultChoices: readonly { value: string; text: string }[] = [
  ...errcodes.map(errcode => ({ value: `errcode:${errcode}`, text: errcodeWords(errcode) })),
  { value: 'other', text: texts.otherErrcode },
  { value: 'delay', text: texts.kinds.delay },
  ...named.map(kind => ({ value: kind, text: texts.kinds[kind] })),
]

export interface FaultChoice {
  path: FaultPath
  /** A value of {@link faultChoices}. */
  kind: string
  errcode: string
  delayMs: number
  times: number
  always: boolean
}

/** Reads the link to a fault, such as `?path=/sns/userinfo&fault=errcode:45009`. Missing or wrong parts get defaults. */
export function readFaultChoice(path: string, fault: string): FaultChoice {
  const [kind = '', value = ''] = fault.split(':')
  const isListed = faultChoices.some(choice => choice.value === fault)
  return {
    path: faultPaths.find(candidate => candidate === path) ?? '/sns/oauth2/access_token',
    kind: isListed ? fault : ({ errcode: 'other', delay: 'delay' }[kind] ?? 'errcode:-1'),
    errcode: kind === 'errcode' && /^-?\d{1,6}$/.test(value) ? value : '50002',
    delayMs: kind === 'delay' ? Math.min(Math.max(Number(value) || 5_000, 0), 30_000) : 5_000,
    times: 1,
    always: false,
  }
}

/** Returns the fault as a link names it, such as `errcode:45009`. */
export function faultInLink({ kind, errcode, delayMs }: FaultChoice): string {
  if (kind === 'other') return `errcode:${errcode}`
  return kind === 'delay' ? `delay:${delayMs}` : kind
}

/** Returns the fault as the control API and `simulator.faults` take it. */
export function toFault({ kind, errcode, delayMs }: FaultChoice): unknown {
  if (kind === 'other') return { errcode: Number(errcode) }
  if (kind === 'delay') return { delayMs }
  return kind.startsWith('errcode:') ? { errcode: Number(kind.slice('errcode:'.length)) } : kind
}

/** Returns the code of a test that plans this fault. */
export function asTest(choice: FaultChoice): string {
  const { path, times, always } = choice
  const fault = typeof toFault(choice) === 'string' ? `'${toFault(choice)}'` : asCode(toFault(choice))
  const call = always
    ? `simulator.faults.always('${path}', ${fault})`
    : `simulator.faults.next('${path}', ${fault}${times > 1 ? `, ${times}` : ''})`
  return testWith(call)
}

/** Returns the code of a test that starts a simulator and then runs this line. */
export function testWith(line: string): string {
  return `import { startSimulator } from 'express-wechat/simulator'

const simulator = await startSimulator()
// Point the app at simulator.env, then:
${line}
// Open the page and assert what the user sees.
await simulator.close()
`
}

function asCode(value: unknown): string {
  return JSON.stringify(value)
    .replace(/"(\w+)":/g, ' $1: ')
    .replace(/\}$/, ' }')
}
