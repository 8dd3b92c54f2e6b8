import type { ExtendOptions, Got } from 'got'
import type { Agents } from '../network/outgoing-network.js'

/** Provides an instance of got whose connections come from these agents. */
export type GotInstances = (agents: Agents) => Promise<Got>

/** One answer as it came: no redirect, no repetition, no decoding. */
const FIXED_OPTIONS = {
  headers: { accept: 'application/json', 'accept-encoding': 'identity', 'user-agent': 'express-wechat' },
  // got copies these lists for each request.
  retry: { limit: 0, methods: [], statusCodes: [], errorCodes: [] },
  decompress: false,
  followRedirect: false,
  throwHttpErrors: false,
} satisfies ExtendOptions

let loading: Promise<Got> | undefined

/**
 * The HTTP client, which is loaded once, when the first token manager is made. Loading it takes about as much processor
 * time as loading Express, and processes that import this package without a token manager never need it.
 */
export function loadGot(): Promise<Got> {
  loading ??= import('got').then(({ default: got }) => got.extend(FIXED_OPTIONS))
  return loading
}

/**
 * Makes one instance of got for each pair of agents. An option of an instance is checked once, and an option of a
 * request each time.
 *
 * @param connectTimeoutMs milliseconds for each of name lookup, connection and TLS handshake
 */
export function createGotInstances(connectTimeoutMs: number): GotInstances {
  const instances = new WeakMap<Agents, Promise<Got>>()
  const timeout = { lookup: connectTimeoutMs, connect: connectTimeoutMs, secureConnect: connectTimeoutMs }

  return function gotInstance(agents) {
    const known = instances.get(agents)
    if (known) return known
    const made = loadGot().then(got => got.extend({ agent: agents, timeout }))
    instances.set(agents, made)
    return made
  }
}
