import type { WechatAccount } from '../account.js'
import { type ApiHosts, createApiHosts } from './api-hosts.js'
import { isLoopbackHost } from './host.js'
import { type ClientAgents, createOutgoingNetwork, type OutgoingNetwork } from './outgoing-network.js'
import { probeHost } from './probe-host.js'

/** The connections of an account's calls to WeChat, and the hosts that are called. */
export interface WechatNetwork extends OutgoingNetwork {
  readonly hosts: ApiHosts
}

export interface WechatNetworkOptions {
  /** The variables that can name a proxy. @default process.env */
  environment?: NodeJS.ProcessEnv
  /** The monotonic clock for probes of hosts that failed. @default performance.now */
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

/** Whether a base URL is plain http to another machine. */
function isInsecure({ protocol, hostname }: URL): boolean {
  return protocol === 'http:' && !isLoopbackHost(hostname)
}
