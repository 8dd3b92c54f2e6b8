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

/** `kept` connections serve several requests; a `single` one serves one. */
export type ConnectionKind = 'kept' | 'single'

export type ClientAgents = Record<ConnectionKind, Agents>

export interface NetworkSettings {
  /** The proxy of all calls but those to loopback; undefined: what the environment's variables say. */
  proxy: ProxyServer | undefined
  environment: NodeJS.ProcessEnv
  /** Connects over IPv4 only. */
  family: 4 | undefined
  /** Origins that plain http may reach, at private addresses. */
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
  /** The connections that use no proxy and are kept. */
  readonly direct: Agents
  close(): void
}

/**
 * The number of downloads that run at once in a process by default. With fewer free sockets, parallel downloads would
 * close some of their connections after each download, and open new ones.
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

  /** Makes the agents of a pool when they are first needed. */
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
        // One agent serves both: it encrypts if the request's address is https.
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

/** The variables are for all programs of the machine, so one that is unusable here is ignored after one warning. */
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
