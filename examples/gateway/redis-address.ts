import { Problem } from './variables.ts'

/** Where Redis is, by the three ways in which it is run. */
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

/**
 * - one server: `redis://[user:password@]host[:port][/database]`
 * - cluster: `redis+cluster://[user:password@]host[:port],host[:port]…`, or several `redis://…` separated by commas
 * - sentinel: `redis+sentinel://[user:password@]host[:port],…/name[/database]`; user and password are the servers'
 */
export function redisAddress(text: string): RedisAddress {
  const [, scheme = '', authority = '', path = ''] =
    /^(rediss?(?:\+sentinel|\+cluster)?):\/\/([^/]+)\/?(.*)$/s.exec(joinNodes(text)) ?? []
  const isTls = scheme.startsWith('rediss')
  const nodesText = authority.slice(authority.lastIndexOf('@') + 1)
  const access = { isTls, ...readAccess(authority) }

  if (scheme.endsWith('+sentinel')) {
    const [, name, database = '0'] = /^([\w.:-]+)(?:\/(\d{1,3}))?$/.exec(path) ?? []
    if (name === undefined) throw new Problem(FORMS)
    return { kind: 'sentinel', nodes: readNodes(nodesText, 26_379), access, name, database: Number(database) }
  }
  if (scheme.endsWith('+cluster')) {
    if (path !== '') throw new Problem(FORMS)
    return { kind: 'cluster', nodes: readNodes(nodesText, 6_379), access }
  }
  const isOneServer = scheme !== '' && URL.canParse(text) && /^(?:\d{1,3})?$/.test(path)
  if (!isOneServer || nodesText.includes(',')) throw new Problem(FORMS)
  readNodes(nodesText, 6_379)
  return { kind: 'single', url: text }
}

/** `redis://a,redis://b` says the same as `redis+cluster://a,b`. */
function joinNodes(text: string): string {
  const parts = text.split(',')
  if (parts.length === 1 || !parts.every(part => /^rediss?:\/\//.test(part))) return text
  const [first = ''] = parts
  const scheme = first.slice(0, first.indexOf(':'))
  if (!parts.every(part => part.startsWith(`${scheme}://`))) throw new Problem(FORMS)
  const nodes = parts.map((part, index) => {
    const authority = part.slice(scheme.length + 3).replace(/\/$/, '')
    return index === 0 ? authority : authority.slice(authority.lastIndexOf('@') + 1)
  })
  return `${scheme}+cluster://${nodes.join(',')}`
}

function readAccess(authority: string): { username?: string; password?: string } {
  const end = authority.lastIndexOf('@')
  if (end === -1) return {}
  const [username = '', ...password] = authority.slice(0, end).split(':')
  try {
    return {
      ...(username !== '' && { username: decodeURIComponent(username) }),
      ...(password.length > 0 && { password: decodeURIComponent(password.join(':')) }),
    }
  } catch {
    throw new Problem('must have its password percent-encoded')
  }
}

function readNodes(text: string, defaultPort: number): RedisNode[] {
  return text.split(',').map(node => {
    const [, host = '', port = String(defaultPort)] =
      /^([\w.-]+|\[[\da-f:.]+\])(?::(\d{1,5}))?$/i.exec(node.trim()) ?? []
    if (host === '' || Number(port) > 65_535) throw new Problem(FORMS)
    return { host: host.replace(/^\[|\]$/g, ''), port: Number(port) }
  })
}
