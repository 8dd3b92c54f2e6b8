import { list, matching, Problem } from './variables.ts'

const SHORTEST = 32
/** Sample texts from guides, sample files and password generators. */
const SAMPLES =
  /change.?(?:me|this)|replace.?(?:me|this|with)|your.?(?:session|secret|random)|keyboard.?cat|sample|placeholder|<|>/i

/** The first one signs, all are accepted: a new one goes in front, the old one leaves when its sessions have ended. */
export function sessionSecrets(text: string): string[] {
  const secrets = list(text)
  for (const secret of secrets) {
    if (secret.length < SHORTEST) throw new Problem(`must have at least ${SHORTEST} characters${MAKE_ONE}`)
    const isMonotonous = new Set(secret).size < 6
    if (isMonotonous || SAMPLES.test(secret)) throw new Problem(`must not be a sample value${MAKE_ONE}`)
  }
  return secrets
}

const MAKE_ONE = '; make one with: openssl rand -hex 32'

/** `name=key`, separated by commas; a key alone gets its place as its name. */
export function serviceKeys(text: string): Record<string, string> {
  const entries = list(text).map((entry, index): [string, string] => {
    const [, name, key] = /^([a-z][\w.-]{0,30})[=:](.{32,})$/i.exec(entry) ?? []
    return name !== undefined && key !== undefined ? [name, key] : [`key${index + 1}`, entry]
  })
  const keys = new Map(entries)
  if (keys.size !== entries.length) throw new Problem('must have another name for each key')
  if (entries.length > 4) throw new Problem('must hold at most four keys')
  if (new Set(keys.values()).size !== entries.length) throw new Problem('must not hold one key twice')
  for (const key of keys.values()) {
    if (!/^[\x21-\x7e]{32,256}$/.test(key)) {
      throw new Problem(
        `must be name=key pairs separated by commas, each key of at least 32 characters${MAKE_ONE}`,
      )
    }
  }
  return Object.fromEntries(keys)
}

/** A service key of another gateway. */
export const tokenSourceKey = matching(/^[\x21-\x7e]{32,256}$/, 'must be a service key of that gateway')

/** `name=/path /path`, separated by commas: the whole paths that the back end with the key of this name may call. */
export function allowedApis(text: string): Record<string, string[]> {
  const entries = list(text).map((entry): [string, string[]] => {
    const [, name = '', paths = ''] = /^([a-z][\w.-]{0,30})[=:](.*)$/i.exec(entry) ?? []
    const words = paths.split(/\s+/).filter(path => path !== '')
    if (words.length === 0 || !words.every(path => /^(?:\/[a-z0-9]+(?:[._-]+[a-z0-9]+)*)+$/.test(path))) {
      throw new Problem(
        'must be entries such as shop=/cgi-bin/tags/get /cgi-bin/user/info, separated by commas',
      )
    }
    return [name, words]
  })
  const allow = Object.fromEntries(entries)
  if (Object.keys(allow).length !== entries.length) throw new Problem('must have one entry for each key')
  return allow
}
