import { isLoopback } from '../protocol/loopback.js'

/** Whether a login may return to this address. An entry for `qq.com` does not cover `www.qq.com`. */
export function isOauthDomain(url: URL, domains: 'loopback' | readonly string[]): boolean {
  if (domains === 'loopback') return isLoopback(url.hostname)
  return domains.some(entry => {
    const slash = entry.indexOf('/')
    const host = slash === -1 ? entry : entry.slice(0, slash)
    const path = slash === -1 ? '' : entry.slice(slash).replace(/\/$/, '')
    const isBelow = path === '' || url.pathname === path || url.pathname.startsWith(`${path}/`)
    return isBelow && (host === url.host || host === `${url.hostname}:*`)
  })
}

/** Whether a page of this host may use the JS-SDK. An entry for `qq.com` also covers `www.qq.com`. */
export function isSafeDomain(url: URL, domains: 'loopback' | readonly string[]): boolean {
  if (domains === 'loopback') return isLoopback(url.hostname)
  return domains.some(
    entry => entry === url.host || entry === `${url.hostname}:*` || url.host.endsWith(`.${entry}`),
  )
}
