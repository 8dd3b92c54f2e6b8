import type { AgentOptions, Agent as HttpAgent } from 'node:http'
import { Agent as HttpsAgent } from 'node:https'
import { warn } from '../../errors/warn.js'
import { http } from '../../util/node-http.js'
import { isLoopbackHost } from './host.js'
import { privateLookup } from './private-lookup.js'
import { type ProxyServer, parseProxy } from './proxy.js'
import { createProxyAgent } from './proxy-agent.js'
import { readProxyVariable } from './proxy-variables.js'

export interface Agents {
  http: HttpAgent
  https: HttpsAgent
}

/** A `kept` connection serves several requests, a `single` one serves one. */
export type ConnectionKind = 'kept' | 'single'

export type ClientAgents = Record<ConnectionKind, Agents>

export interface NetworkSettings {
  /** The proxy of all calls but those to loopback; if undefined, the environment's variables decide. */
  proxy: ProxyServer | undefined
  environment: NodeJS.ProcessEnv
  /** 4 connects over IPv4 only. */
  family: 4 | undefined
  /** The origins to which plain http may go if their addresses are private. */
  privateOrigins: readonly string[]
  connectTimeoutMs: number
  /** The agents of connections without a proxy. @default agents that connect by `family` */
  directAgents?: ClientAgents | undefined
}

/** How requests leave this process: directly, or through a proxy. */
export interface OutgoingNetwork {
  /** Whether requests to this address go through a proxy. */
  usesProxy(url: URL): boolean
  agentsFor(url: URL, kind: ConnectionKind): Promise<Agents>
  /** The agents whose connections use no proxy and are kept. */
  readonly direct: Agents
  close(): void
}

/**
 * How many unused sockets an agent keeps per host: as many as the downloads that a process runs at once by default.
 * With fewer, parallel downloads would close some of their connections after each download, and open new ones.
 */
const MAX_FREE_SOCKETS = 128

const OPTIONS: Record<ConnectionKind, AgentOptions> = {
  kept: { keepAlive: true, maxFreeSockets: MAX_FREE_SOCKETS },
  single: { keepAlive: false },
}

export function createOutgoingNetwork(settings: NetworkSettings): OutgoingNetwork {
  const family = settings.family === undefined ? {} : { family: settings.family }
  const direct = settings.directAgents ?? {
    kept: createAgents('kept', family),
    single: createAgents('single', family),
  }
  const pools = new Map<string, Promise<Agents>>()
  const readEnvironmentProxy = createProxyVariableReader(settings.environment)
  let isClosed = false

  function proxyFor(url: URL): ProxyServer | undefined {
    if (isLoopbackHost(url.hostname)) return undefined
    return settings.proxy ?? readEnvironmentProxy(url)
  }

  /** Returns the agents under this key. They are made when they are first needed. */
  function pool(key: string, create: () => Promise<Agents>): Promise<Agents> {
    const known = pools.get(key)
    if (known) return known
    const created = create()
    pools.set(key, created)
    created.then(
      agents => isClosed && destroy(agents),
      () => pools.delete(key),
    )
    return created
  }

  async function agentsFor(url: URL, kind: ConnectionKind): Promise<Agents> {
    const proxy = proxyFor(url)
    if (proxy) {
      return pool(`${kind} ${proxy.url.reveal()}`, async () => {
        const agent = await createProxyAgent(proxy, OPTIONS[kind], settings.connectTimeoutMs)
        // One agent serves http and https: it encrypts if the request's address is https.
        return { http: agent, https: agent as HttpsAgent }
      })
    }
    if (settings.privateOrigins.includes(url.origin)) {
      return pool(`${kind} private`, async () => createAgents(kind, { ...family, lookup: privateLookup }))
    }
    return direct[kind]
  }

  return {
    usesProxy: url => proxyFor(url) !== undefined,
    agentsFor,
    direct: direct.kept,
    close() {
      isClosed = true
      for (const agents of Object.values(direct)) destroy(agents)
      for (const created of pools.values()) created.then(destroy, () => {})
    },
  }
}

function createAgents(kind: ConnectionKind, options: Pick<AgentOptions, 'family' | 'lookup'>): Agents {
  const all = { ...OPTIONS[kind], ...options }
  return { http: new http.Agent(all), https: new HttpsAgent(all) }
}

function destroy({ http, https }: Agents): void {
  http.destroy()
  https.destroy()
}

/**
 * Makes the function that reads the proxy from the environment. Variables such as HTTPS_PROXY are for all programs of
 * the machine, so one that is unusable here is ignored after one warning.
 */
function createProxyVariableReader(environment: NodeJS.ProcessEnv): (url: URL) => ProxyServer | undefined {
  const warned = new Set<string>()

  return function readEnvironmentProxy(url) {
    const variable = readProxyVariable(url, environment)
    if (!variable) return undefined
    const proxy = parseProxy(variable.text)
    if (typeof proxy !== 'string') return proxy
    const message = `${variable.name} ${proxy}. The proxy is not used`
    if (!warned.has(message)) warn('proxy_variable', message)
    warned.add(message)
    return undefined
  }
}
