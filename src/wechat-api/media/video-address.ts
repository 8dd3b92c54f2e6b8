import type { LookupFunction } from 'node:net'
import type { WechatAccount } from '../account.js'
import { lookupPublic, videoAddressError } from './ssrf-safe-lookup.js'

/** Hosts on which, and below which, WeChat keeps the videos that it answers with an address for. */
export const DEFAULT_VIDEO_HOSTS: readonly string[] = ['weixin.qq.com', 'qpic.cn', 'qq.com']

export interface VideoAddress {
  url: URL
  /** Undefined where the address needs no resolving of ours: the simulator's. */
  lookup: LookupFunction | undefined
}

/**
 * Where a video may be fetched from. What WeChat answers is not trusted further than to its own hosts.
 * @throws {WechatRequestError} with status 415
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
  // Another port than the scheme's own is another service.
  const isWechat =
    url.port === '' && hosts.some(host => url.hostname === host || url.hostname.endsWith(`.${host}`))
  if (!isWechat) throw videoAddressError('is not at a host of WeChat')
  return { url, lookup: lookupPublic }
}
