/** For each command, the arguments after its name that are keys. */
const KEYS_OF_COMMAND: Readonly<Record<string, (args: readonly string[]) => readonly string[]>> = {
  DEL: args => args,
  GET: args => args.slice(0, 1),
  INCR: args => args.slice(0, 1),
  PEXPIRE: args => args.slice(0, 1),
  PTTL: args => args.slice(0, 1),
  SET: args => args.slice(0, 1),
  TIME: () => [],
}

const CALL = /\bredis\.p?call\(/g

/**
 * Why a clustered Redis of a cloud refuses a script; undefined if it accepts it. Only the text is checked: each call
 * must name its command literally and each key as `KEYS[n]`, and no other place may name `redis` or `KEYS`.
 */
export function cloudScriptError(source: string): string | undefined {
  let rest = ''
  let readUpTo = 0
  for (const match of source.matchAll(CALL)) {
    const { args, end } = readArguments(source, match.index + match[0].length)
    const error = callError(args)
    if (error) return error
    rest += source.slice(readUpTo, match.index)
    readUpTo = end
  }
  rest += source.slice(readUpTo)
  if (/\bredis\b/.test(rest)) return 'redis.call must not be kept in a variable'
  if (/\bKEYS\b/.test(rest)) return 'KEYS should not be in expression'
  return undefined
}

function callError(args: readonly string[]): string | undefined {
  const [name = '', ...others] = args
  const command = /^'([A-Z]+)'$|^"([A-Z]+)"$/.exec(name)?.slice(1).find(Boolean)
  if (command === undefined) return 'the first parameter of redis.call must be a literal string'
  const keysOf = KEYS_OF_COMMAND[command]
  if (!keysOf) return `the stand-in does not know where the keys of ${command} are`
  const keys = keysOf(others)
  const values = others.slice(keys.length)
  if (!keys.every(key => /^KEYS\[[1-9]\d*\]$/.test(key)))
    return 'all the keys must be passed using the KEYS array'
  if (values.some(value => /\bredis\b/.test(value))) return 'nested redis.call'
  return values.some(value => /\bKEYS\b/.test(value)) ? 'KEYS should not be in expression' : undefined
}

/** Splits the arguments of a call at its commas. Commas inside strings and inner brackets do not split. */
function readArguments(source: string, start: number): { args: string[]; end: number } {
  const args: string[] = []
  let from = start
  let depth = 0
  for (const { 0: token, index } of source.slice(start).matchAll(/'[^']*'|"[^"]*"|[([{]|[)\]}]|,/g)) {
    const at = start + index
    if (/^[([{]$/.test(token)) depth += 1
    const isEnd = token === ')' && depth === 0
    if (isEnd || (token === ',' && depth === 0)) {
      args.push(source.slice(from, at).trim())
      from = at + 1
    }
    if (isEnd) return { args, end: from }
    if (/^[)\]}]$/.test(token)) depth -= 1
  }
  return { args, end: source.length }
}
