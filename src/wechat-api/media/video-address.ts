import type { LookupFunction } from 'node:net'
import type { WechatAccount } from '../account.js'
import { ssrfSafeLookup, videoAddressError } from './ssrf-safe-lookup.js'

/** WeChat keeps videos on these hosts and their subdomains. */
export const DEFAULT_VIDEO_HOSTS: readonly string[] = ['weixin.qq.com', 'qpic.cn', 'qq.com']

export interface VideoAddress {
  url: URL
  /** How to resolve the host name; undefined for the simulator's address, which Node resolves. */
  lookup: LookupFunction | undefined
}

/**
 * Checks the address that WeChat gives for a video: it must be at one of the hosts.
 * @throws {WechatRequestError} `media_video_address` (415) for any other address
 */
export function parseVideoAddress(
  account: WechatAccount,
  text: string,
  hosts: readonly string[],
): VideoAddress {
  const url = URL.parse(text)
  const isHttp = url?.protocol === 'https:' || url?.protocol === 'http:'
  if (!url || !isHttp || url.username || url.password) throw videoAddressError('is none')
  if (account.isSimulated && url.origin === new URL(account.apiBaseUrl).origin) {
    return { url, lookup: undefined }
  }
  // Only the scheme's own port: another one is another service.
  const isWechat =
    url.port === '' && hosts.some(host => url.hostname === host || url.hostname.endsWith(`.${host}`))
  if (!isWechat) throw videoAddressError('is not at a host of WeChat')
  return { url, lookup: ssrfSafeLookup }
}
