import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

export interface OptionType {
  name: string
  /** Its own properties, without those that it inherits. */
  properties: readonly OptionProperty[]
}

interface OptionProperty {
  name: string
  /** What `@default` says, if that is a value of JavaScript. */
  defaultValue: string | undefined
}

const ENTRIES = ['src/index.ts', 'src/simulator/index.ts', 'src/browser/index.ts', 'src/testing/index.ts']

/** Types of options whose names do not end in "Option" or "Options". */
const OTHERS = ['PlatformConfig', 'SignJssdkConfigInput', 'TokenSourceGateway']

/** What `resilientRedisOptions()` returns, which is not written by users. */
const RESULTS = ['ResilientRedisOptions']

/** A value of JavaScript, and nothing behind it but its size in brackets. */
const DEFAULT_VALUE = /@default ('[^']*'|[\d_,]*\d|true|false|\[[^\]]*\]|\{\})(?=\s*(?:\(|\n|$))/

/** The types of options that the package's entries export. */
export function readOptionTypes(): OptionType[] {
  return ENTRIES.flatMap(readExports)
    .filter(
      ({ name }) => (/^[A-Z]\w*Options?$/.test(name) || OTHERS.includes(name)) && !RESULTS.includes(name),
    )
    .map(({ name, file }) => ({ name, properties: readProperties(name, file) }))
}

function readExports(entry: string): { name: string; file: string }[] {
  return [...readFileSync(entry, 'utf8').matchAll(/^export (?:type )?\{([^}]+)\} from '(.+)\.js'/gm)].flatMap(
    ([, names = '', path = '']) => {
      const file = join(dirname(entry), path)
      const source = existsSync(`${file}.ts`) ? `${file}.ts` : `${file}.tsx`
      return names.split(',').map(name => ({ name: name.replace(/^\s*type\s+|\s/g, ''), file: source }))
    },
  )
}

function readProperties(name: string, file: string): OptionProperty[] {
  const source = readFileSync(file, 'utf8')
  const [, body] = new RegExp(`^export interface ${name}\\b[^{]*\\{(\\}|.*?^\\})`, 'ms').exec(source) ?? []
  if (body === undefined) {
    const passedOn = readExports(file).find(exported => exported.name === name)
    if (!passedOn) throw new Error(`${file} does not declare ${name}`)
    return readProperties(name, passedOn.file)
  }
  const properties = body.matchAll(/(?:\/\*\*((?:(?!\*\/).)*)\*\/\s*)?^ {2}(?:readonly )?(\w+)\??:/gms)
  return [...properties].map(([, comment = '', property = '']) => ({
    name: property,
    defaultValue: DEFAULT_VALUE.exec(comment)?.[1]?.replace(/(?<=\d)[_,](?=\d)/g, ''),
  }))
}
