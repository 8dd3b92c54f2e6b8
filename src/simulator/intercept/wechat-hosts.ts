/**
 * WeChat's hosts that the simulator replaces: those that an app calls, and the one to which it sends browsers.
 * @see 公众号文档 «接口域名说明»
 */
const apiHosts = ['api', 'api2', 'sh.api', 'sz.api', 'hk.api', 'file.api'].map(
  name => `${name}.weixin.qq.com`,
)
const browserHosts = ['open.weixin.qq.com']
const simulatedHosts = new Set([...apiHosts, ...browserHosts])

export function isWechatHost(hostname: string | null | undefined): boolean {
  return simulatedHosts.has((hostname ?? '').toLowerCase().replace(/\.$/, ''))
}

/** Returns the address with the simulator's origin; undefined if its host is not WeChat's. */
export function atSimulator(address: string, simulatorUrl: string): string | undefined {
  const url = URL.parse(address)
  if (!url || !/^https?:$/.test(url.protocol) || !isWechatHost(url.hostname)) return undefined
  return address.replace(/^\s*https?:\/\/[^/?#]*/i, simulatorUrl)
}
