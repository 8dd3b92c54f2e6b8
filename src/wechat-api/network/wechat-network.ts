import type { WechatAccount } from '../account.js'
import { type ApiHosts, createApiHosts } from './api-hosts.js'
import { isLoopbackHost } from './host.js'
import { type ClientAgents, createOutgoingNetwork, type OutgoingNetwork } from './outgoing-network.js'
import { probeHost } from './probe-host.js'

/** How an account's calls leave this process, and the hosts at which they arrive. */
export interface WechatNetwork extends OutgoingNetwork {
  readonly hosts: ApiHosts
}

export interface WechatNetworkOptions {
  /** Where the proxy's variables are read. @default process.env */
  environment?: NodeJS.ProcessEnv
  /** The monotonic clock by which a host that failed is probed. @default performance.now */
  nowMs?: () => number
  /** The agents of connections without a proxy. @default agents that connect by the account's `family` */
  directAgents?: ClientAgents
}

export function createWechatNetwork(
  { apiBaseUrls, proxy, family, timeoutMs }: WechatAccount,
  { environment = process.env, nowMs = () => performance.now(), directAgents }: WechatNetworkOptions = {},
): WechatNetwork {
  const lifetime = new AbortController()
  const network = createOutgoingNetwork({
    proxy,
    environment,
    family,
    privateOrigins: apiBaseUrls
      .map(baseUrl => new URL(baseUrl))
      .filter(isInsecure)
      .map(url => url.origin),
    connectTimeoutMs: timeoutMs / 5,
    directAgents,
  })
  const hosts = createApiHosts({
    baseUrls: apiBaseUrls,
    nowMs,
    probe: baseUrl =>
      probeHost(network, baseUrl, AbortSignal.any([lifetime.signal, AbortSignal.timeout(timeoutMs / 2)])),
  })

  return {
    ...network,
    hosts,
    close() {
      lifetime.abort()
      network.close()
    },
  }
}

/** Plain http that leaves this machine. */
function isInsecure({ protocol, hostname }: URL): boolean {
  return protocol === 'http:' && !isLoopbackHost(hostname)
}
