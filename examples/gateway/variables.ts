/** What is wrong with one variable, without its value: it may be a secret. */
export class Problem extends Error {}

/** Reads variables one after the other, and remembers everything that is wrong instead of stopping at the first. */
export interface VariableReader {
  readonly problems: string[]
  /** An empty variable counts as none: compose files pass those on. */
  text(name: string): string | undefined
  read<Value>(name: string, parse: (text: string) => Value): Value | undefined
  required<Value>(name: string, parse: (text: string) => Value): Value | undefined
  complain(name: string, complaint: string): void
}

export function createVariableReader(environment: NodeJS.ProcessEnv): VariableReader {
  const problems: string[] = []
  const text = (name: string) => environment[name]?.trim() || undefined
  const complain = (name: string, complaint: string) => void problems.push(`${name} ${complaint}`)

  function read<Value>(name: string, parse: (text: string) => Value): Value | undefined {
    const value = text(name)
    if (value === undefined) return undefined
    try {
      return parse(value)
    } catch (error) {
      if (!(error instanceof Problem)) throw error
      complain(name, error.message)
      return undefined
    }
  }

  return {
    problems,
    text,
    read,
    complain,
    required(name, parse) {
      if (text(name) === undefined) complain(name, 'must be set')
      return read(name, parse)
    },
  }
}

export function matching(pattern: RegExp, complaint: string): (text: string) => string {
  return text => {
    if (!pattern.test(text)) throw new Problem(complaint)
    return text
  }
}

export function oneOf<Choice extends string>(...choices: Choice[]): (text: string) => Choice {
  return text => {
    const choice = choices.find(candidate => candidate === text)
    if (choice === undefined) throw new Problem(`must be ${choices.join(', or ')}`)
    return choice
  }
}

export function flag(text: string): boolean {
  return oneOf('true', 'false')(text) === 'true'
}

export function integer(least: number, most: number): (text: string) => number {
  return text => {
    const value = /^\d{1,10}$/.test(text) ? Number(text) : Number.NaN
    if (!(value >= least && value <= most)) throw new Problem(`must be a whole number, ${least} to ${most}`)
    return value
  }
}

export function webAddress(text: string): URL {
  const url = URL.parse(text)
  const isWeb = url?.protocol === 'https:' || url?.protocol === 'http:'
  if (!url || !isWeb || url.username || url.password || url.search || url.hash) {
    throw new Problem(
      'must be an address such as https://m.example.com/wechat, without user, query and fragment',
    )
  }
  return url
}

/** Of WeChat, or of what stands for it: secrets travel there. */
export function wechatAddress(text: string): URL {
  const url = webAddress(text)
  if (url.protocol === 'http:' && !isLoopback(url)) throw new Problem('must be https; http is for loopback')
  return url
}

/** Of a list, the first one that can be reached is called. Plain http is checked by the token manager if it is allowed. */
export function wechatAddresses(allowsInsecure: boolean): (text: string) => URL[] {
  return text => {
    const addresses = list(text).map(allowsInsecure ? webAddress : wechatAddress)
    if (addresses.length === 0) throw new Problem('must be web addresses, separated by commas')
    return addresses
  }
}

/** Of a proxy on the way to WeChat; user and password are percent-encoded. */
export function proxyAddress(text: string): string {
  const url = URL.parse(text)
  const isProxy = url && /^(?:https?|socks(?:4a?|5h?)?):$/.test(url.protocol)
  if (!isProxy || !url.hostname || !/^\/?$/.test(url.pathname + url.search + url.hash)) {
    throw new Problem('must be http://user:password@host:port, https://… or socks5h://…')
  }
  return text
}

export function isLoopback(url: URL): boolean {
  return url.hostname === 'localhost' || url.hostname === '[::1]' || /^127\.\d+\.\d+\.\d+$/.test(url.hostname)
}

export function list(text: string): string[] {
  return text
    .split(',')
    .map(part => part.trim())
    .filter(part => part !== '')
}

/** Exact origins: a pattern here would be an open door to what it did not mean. */
export function origins(text: string): string[] {
  return list(text).map(part => {
    const url = part.includes('*') ? null : URL.parse(part)
    if (!url || !/^https?:$/.test(url.protocol) || url.origin !== part.replace(/\/$/, '')) {
      throw new Problem('must be origins such as https://h5.example.com, separated by commas; no patterns')
    }
    return url.origin
  })
}

/** As Express takes it. `true` would let every visitor choose an address, and so escape the rate limit. */
export function trustProxy(text: string): number | string[] | false {
  if (text === 'false') return false
  if (/^\d{1,2}$/.test(text)) return Number(text) === 0 ? false : Number(text)
  const names = list(text)
  const isNetwork = (name: string) =>
    /^(?:loopback|linklocal|uniquelocal)$/.test(name) || /^[\da-f.:]+(?:\/\d{1,3})?$/i.test(name)
  if (!names.every(isNetwork)) {
    throw new Problem('must be a number of proxies, or their addresses or networks (10.0.0.0/8, loopback)')
  }
  return names
}
