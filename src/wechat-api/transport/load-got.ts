import type { ExtendOptions, Got } from 'got'
import type { Agents } from '../network/outgoing-network.js'

/** Provides an instance of got whose connections come from these agents. */
export type GotInstances = (agents: Agents) => Promise<Got>

/** With these options, got returns an answer unchanged: it follows no redirect, repeats nothing and decodes nothing. */
const FIXED_OPTIONS = {
  headers: { accept: 'application/json', 'accept-encoding': 'identity', 'user-agent': 'express-wechat' },
  // The lists are empty, because got copies them for each request.
  retry: { limit: 0, methods: [], statusCodes: [], errorCodes: [] },
  decompress: false,
  followRedirect: false,
  throwHttpErrors: false,
} satisfies ExtendOptions

let loading: Promise<Got> | undefined

/**
 * Loads the HTTP client, got, once, when the first token manager is made. That takes about as much processor time as
 * loading Express, and processes that import this package without a token manager never need it.
 */
export function loadGot(): Promise<Got> {
  loading ??= import('got').then(({ default: got }) => got.extend(FIXED_OPTIONS))
  return loading
}

/**
 * Makes one instance of got for each pair of agents. That takes less time than passing the agents to each request,
 * because got checks the options of an instance once, and those of a request each time.
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
