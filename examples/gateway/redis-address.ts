import { z } from 'zod'

/** The address of Redis: one server, a cluster, or servers behind sentinels. */
export type RedisAddress =
  | { kind: 'single'; url: string }
  | { kind: 'cluster'; nodes: RedisNode[]; access: RedisAccess }
  | { kind: 'sentinel'; nodes: RedisNode[]; access: RedisAccess; name: string; database: number }

export interface RedisNode {
  host: string
  port: number
}

export interface RedisAccess {
  isTls: boolean
  username?: string
  password?: string
}

const FORMS =
  'must be redis://host:6379, redis+sentinel://host:26379,host:26379/name, redis+cluster://host:6379,host:6379, or rediss… for TLS'
const ADDRESS = /^(rediss?)(?:\+(sentinel|cluster))?:\/\/(?:([^/]*)@)?([^/@]+)\/?(.*)$/s
const NODE = /^([\w.-]+|\[[\da-f:.]+\])(?::(\d{1,5}))?$/i

/**
 * Parses the forms of REDIS_URL:
 * - one server: `redis://[user:password@]host[:port][/database]`
 * - cluster: `redis+cluster://[user:password@]host[:port],host[:port]…`, or several `redis://…` separated by commas
 * - sentinel: `redis+sentinel://[user:password@]host[:port],…/name[/database]`; user and password are for the servers
 */
export const redisAddress = z
  .string()
  .transform(joinNodes)
  .refine(isPercentEncoded, 'must have its password percent-encoded')
  .transform((text, context): RedisAddress => {
    const address = parseAddress(text)
    if (address) return address
    context.addIssue(FORMS)
    return z.NEVER
  })

/** `redis://a,redis://b` means the same as `redis+cluster://a,b`. */
function joinNodes(text: string): string {
  const [first = '', ...others] = text.split(',')
  const scheme = /^rediss?:\/\//.exec(first)?.[0]
  if (others.length === 0 || scheme === undefined || !others.every(part => part.startsWith(scheme)))
    return text
  const hosts = others.map(part => part.slice(part.lastIndexOf('@') + 1).replace(scheme, ''))
  const nodes = [first.slice(scheme.length), ...hosts].map(node => node.replace(/\/$/, ''))
  return `${scheme.replace('://', '+cluster://')}${nodes.join(',')}`
}

function isPercentEncoded(text: string): boolean {
  try {
    decodeURIComponent(ADDRESS.exec(text)?.[3] ?? '')
    return true
  } catch {
    return false
  }
}

function parseAddress(text: string): RedisAddress | undefined {
  const [, scheme, kind, credentials, hosts = '', path = ''] = ADDRESS.exec(text) ?? []
  const nodes = hosts.split(',').map(node => parseNode(node, kind === 'sentinel' ? 26_379 : 6_379))
  if (!nodes.every(node => node !== undefined)) return undefined
  const access = { isTls: scheme === 'rediss', ...parseCredentials(credentials) }
  if (kind === 'sentinel') {
    const [, name, database = '0'] = /^([\w.:-]+)(?:\/(\d{1,3}))?$/.exec(path) ?? []
    return name === undefined ? undefined : { kind, nodes, access, name, database: Number(database) }
  }
  if (kind === 'cluster') return path === '' ? { kind, nodes, access } : undefined
  const isOneServer = nodes.length === 1 && /^(?:\d{1,3})?$/.test(path) && URL.canParse(text)
  return isOneServer ? { kind: 'single', url: text } : undefined
}

function parseNode(text: string, defaultPort: number): RedisNode | undefined {
  const [, host, port = String(defaultPort)] = NODE.exec(text.trim()) ?? []
  if (host === undefined || Number(port) > 65_535) return undefined
  return { host: host.replace(/^\[|\]$/g, ''), port: Number(port) }
}

function parseCredentials(credentials = ''): Omit<RedisAccess, 'isTls'> {
  const [username = '', ...password] = credentials.split(':')
  return {
    ...(username !== '' && { username: decodeURIComponent(username) }),
    ...(password.length > 0 && { password: decodeURIComponent(password.join(':')) }),
  }
}
