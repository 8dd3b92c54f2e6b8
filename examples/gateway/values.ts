import { z } from 'zod'

// The kinds of values that a variable can have. No message shows the value, since it can be a secret.

const ADDRESS_FORM =
  'must be an address such as https://m.example.com/wechat, without user, query and fragment'

/** Reads `a, b` as `['a', 'b']`. */
export const list = z.string().transform(text =>
  text
    .split(',')
    .map(part => part.trim())
    .filter(part => part !== ''),
)

export function oneOf<const Choices extends readonly string[]>(...choices: Choices) {
  return z.enum(choices, `must be ${choices.join(', or ')}`)
}

export const flag = z.stringbool({
  truthy: ['true'],
  falsy: ['false'],
  case: 'sensitive',
  error: 'must be true, or false',
})

export function wholeNumber(least: number, most: number) {
  const complaint = `must be a whole number, ${least} to ${most}`
  return z
    .string()
    .regex(/^\d{1,10}$/, complaint)
    .transform(Number)
    .refine(value => value >= least && value <= most, complaint)
}

export const webAddress = z
  .url({ protocol: /^https?$/, normalize: true, abort: true, error: ADDRESS_FORM })
  .refine(address => {
    const { username, password, search, hash } = new URL(address)
    return username + password + search + hash === ''
  }, ADDRESS_FORM)

export const HTTPS_COMPLAINT = 'must be https; http is for loopback'

/** The address of WeChat, of the simulator or of another gateway. It gets secrets, so it is https or loopback. */
export const wechatAddress = webAddress.refine(isConfidential, HTTPS_COMPLAINT)

/** Whether what is sent to this address is encrypted, or stays on this machine. */
export function isConfidential(address: string): boolean {
  return address.startsWith('https:') || isLoopback(address)
}

export function isLoopback(address: string): boolean {
  const { hostname } = new URL(address)
  return hostname === 'localhost' || hostname === '[::1]' || /^127\.\d+\.\d+\.\d+$/.test(hostname)
}

/** The address of a proxy on the way to WeChat; its user and password are percent-encoded. */
export const proxyAddress = z.string().refine(text => {
  const url = URL.parse(text)
  if (!url || !/^(?:https?|socks(?:4a?|5h?)?):$/.test(url.protocol)) return false
  return url.hostname !== '' && /^\/?$/.test(url.pathname + url.search + url.hash)
}, 'must be http://user:password@host:port, https://… or socks5h://…')

/** Exact origins. A pattern is refused, since it can match sites that the operator did not mean. */
export const origins = list.pipe(
  z.array(
    z
      .string()
      .refine(isOrigin, 'must be origins such as https://h5.example.com, separated by commas; no patterns')
      .transform(origin => new URL(origin).origin),
  ),
)

function isOrigin(text: string): boolean {
  const url = text.includes('*') ? null : URL.parse(text)
  return url !== null && /^https?:$/.test(url.protocol) && url.origin === text.replace(/\/$/, '')
}

const networkName = z.enum(['loopback', 'linklocal', 'uniquelocal'])

/**
 * The value of Express's `trust proxy` setting. `true` is not accepted: every visitor could then choose an address by a
 * header, and so avoid the rate limit.
 */
export const trustProxy = z.union(
  [
    z.literal('false').transform(() => false as const),
    z
      .string()
      .regex(/^\d{1,2}$/)
      .transform(hops => Number(hops) || false),
    list.pipe(z.array(z.union([networkName, z.ipv4(), z.ipv6(), z.cidrv4(), z.cidrv6()]))),
  ],
  'must be a number of proxies, or their addresses or networks (10.0.0.0/8, loopback)',
)
