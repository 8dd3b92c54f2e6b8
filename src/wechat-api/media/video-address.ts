import type { LookupFunction } from 'node:net'
import type { WechatClient } from '../client.js'
import { readIpLiteral } from '../network/host.js'
import { ssrfSafeLookup, videoAddressError } from './ssrf-safe-lookup.js'

/** The hosts on which, subdomains included, WeChat keeps videos. */
export const DEFAULT_VIDEO_HOSTS: readonly string[] = ['weixin.qq.com', 'qpic.cn', 'qq.com']

export interface VideoAddress {
  url: URL
  /** How to resolve the host name; undefined for the simulator's address, and behind a proxy, which resolves names. */
  lookup: LookupFunction | undefined
}

/**
 * Checks the address that WeChat gives for a video: it must be at one of the hosts.
 * @throws {WechatRequestError} `media_video_address` (415) for any other address
 */
export function parseVideoAddress(
  { account, network }: Pick<WechatClient, 'account' | 'network'>,
  text: string,
  hosts: readonly string[],
): VideoAddress {
  const url = URL.parse(text)
  const isHttp = url?.protocol === 'https:' || url?.protocol === 'http:'
  if (!url || !isHttp || url.username || url.password) throw videoAddressError('is none')
  if (account.isSimulated && url.origin === new URL(account.apiBaseUrl).origin) {
    return { url, lookup: undefined }
  }
  // An address with a port other than the scheme's own is refused, because another service can be there.
  const isWechat =
    url.port === '' && hosts.some(host => url.hostname === host || url.hostname.endsWith(`.${host}`))
  if (!isWechat) throw videoAddressError('is not at a host of WeChat')
  if (network.usesProxy(url)) return { url: assertProxiable(url), lookup: undefined }
  return { url, lookup: ssrfSafeLookup }
}

/**
 * Refuses any video address but https at a name, if a proxy is used. The proxy resolves the name, so this process
 * cannot check the IP address. Instead, TLS proves that the host has the name, and the proxy's own rules keep it out of
 * the inner network.
 */
function assertProxiable(url: URL): URL {
  const isNamed = readIpLiteral(url.hostname) === undefined
  if (url.protocol !== 'https:' || !isNamed)
    throw videoAddressError('is not https at a name, as a proxy needs it')
  return url
}
