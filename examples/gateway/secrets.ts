import { z } from 'zod'
import { list } from './values.ts'

const SHORTEST = 32
/** A session secret that contains one of these sample texts of guides and generators is refused. */
const SAMPLES =
  /change.?(?:me|this)|replace.?(?:me|this|with)|your.?(?:session|secret|random)|keyboard.?cat|sample|placeholder|<|>/i
const MAKE_ONE = '; make one with: openssl rand -hex 32'

/**
 * The session secrets. The first one signs new cookies, and all of them are accepted. To change the secret, put the new
 * one in front, and remove the old one when its sessions have ended.
 */
export const sessionSecrets = list.pipe(
  z
    .array(
      z
        .string()
        .min(SHORTEST, `must have at least ${SHORTEST} characters${MAKE_ONE}`)
        .refine(
          secret => new Set(secret).size >= 6 && !SAMPLES.test(secret),
          `must not be a sample value${MAKE_ONE}`,
        ),
    )
    .min(1, 'must be set'),
)

/** The app secret, without quotes: Docker's env files keep them, and WeChat then says that the secret is wrong. */
export const appSecret = z
  .string()
  .regex(
    /^(?!["'])[\x21-\x7e]{8,256}(?<!["'])$/,
    'must be 8 or more printable characters without spaces, and without quotes around them',
  )

const KEY = /^[\x21-\x7e]{32,256}$/

/** A service key of another gateway. */
export const tokenSourceKey = z.string().regex(KEY, 'must be a service key of that gateway')

/** Reads `name=key` pairs, separated by commas. A key without a name is named by its position: `key1`, `key2`. */
export const serviceKeys = list
  .transform(entries => entries.map(parseKey))
  .refine(areNamesDifferent, 'must have another name for each key')
  .refine(entries => entries.length <= 4, 'must hold at most four keys')
  .refine(
    entries => new Set(entries.map(([, key]) => key)).size === entries.length,
    'must not hold one key twice',
  )
  .refine(
    entries => entries.every(([, key]) => KEY.test(key)),
    `must be name=key pairs separated by commas, each key of at least ${SHORTEST} characters${MAKE_ONE}`,
  )
  .transform(entries => Object.fromEntries(entries))

type Entry<Value> = readonly [name: string, value: Value]

function parseKey(entry: string, index: number): Entry<string> {
  const [, name, key] = /^([a-z][\w.-]{0,30})[=:](.{32,})$/i.exec(entry) ?? []
  return name !== undefined && key !== undefined ? [name, key] : [`key${index + 1}`, entry]
}

/**
 * Reads `name=/path /path`, separated by commas: the whole paths that the back end with the key of this name may call.
 */
export const allowedApis = list
  .transform(entries => entries.map(parseAllowed))
  .refine(
    entries => entries.every(([, paths]) => paths.length > 0 && paths.every(isApiPath)),
    'must be entries such as shop=/cgi-bin/tags/get /cgi-bin/user/info, separated by commas',
  )
  .refine(areNamesDifferent, 'must have one entry for each key')
  .transform(entries => Object.fromEntries(entries))

function parseAllowed(entry: string): Entry<string[]> {
  const [, name = '', paths = ''] = /^([a-z][\w.-]{0,30})[=:](.*)$/i.exec(entry) ?? []
  return [name, paths.split(/\s+/).filter(path => path !== '')]
}

function isApiPath(path: string): boolean {
  return /^(?:\/[a-z0-9]+(?:[._-]+[a-z0-9]+)*)+$/.test(path)
}

function areNamesDifferent(entries: readonly Entry<unknown>[]): boolean {
  return new Set(entries.map(([name]) => name)).size === entries.length
}
