import { optionError } from '../../errors/create-error.js'
import { WechatConfigError } from '../../errors/errors.js'
import { isLoopbackHost, isPrivateAddress, readIpLiteral } from './host.js'

interface BaseUrlRules {
  isSimulated: boolean
  /** Whether plain http may lead to a private address. */
  allowsInsecure?: boolean
}

const OFFICIAL_BASE_URL = 'https://api.weixin.qq.com'
/** WeChat's host for disaster recovery (容灾). It belongs to the same platform, so an app sets nothing up for it. */
const OFFICIAL_SECOND_BASE_URL = 'https://api2.weixin.qq.com'

/**
 * Parses the base URLs of the API. If WeChat's own is the only one, its host for disaster recovery is added.
 * @see https://developers.weixin.qq.com/doc/offiaccount/Basic_Information/Interface_field_description.html 接口域名说明
 * @throws {WechatConfigError} naming the option
 */
export function parseApiBaseUrls(
  factory: string,
  given: string | readonly string[],
  rules: BaseUrlRules,
): readonly [string, ...string[]] {
  if (given.length === 0) throw optionError(factory, 'apiBaseUrl', 'must be a URL, or a list of URLs')
  const [first = '', ...others] = typeof given === 'string' ? [given] : given
  const parse = (text: string) => parseBaseUrl(factory, 'apiBaseUrl', text, rules)
  const [firstUrl, ...otherUrls] = [parse(first), ...others.map(parse)]
  if (firstUrl === OFFICIAL_BASE_URL && otherUrls.length === 0) return [firstUrl, OFFICIAL_SECOND_BASE_URL]
  if (new Set([firstUrl, ...otherUrls]).size <= otherUrls.length) {
    throw optionError(factory, 'apiBaseUrl', 'must not name a URL twice')
  }
  return [firstUrl, ...otherUrls]
}

/**
 * Parses a base URL, and returns it without a slash at its end.
 * @throws {WechatConfigError} naming the option
 */
export function parseBaseUrl(
  factory: string,
  option: string,
  text: string,
  { isSimulated, allowsInsecure = false }: BaseUrlRules,
): string {
  const url = URL.parse(text)
  const isHttp = url?.protocol === 'http:' || url?.protocol === 'https:'
  if (!url || !isHttp || url.username || url.password || url.search || url.hash) {
    throw new WechatConfigError(`${factory}: "${option}" must be a URL such as "https://api.weixin.qq.com"`)
  }
  const isLoopback = isLoopbackHost(url.hostname)
  if (url.protocol === 'http:' && !isLoopback) assertMayBeInsecure(factory, option, url, allowsInsecure)
  if (isSimulated && !isLoopback) {
    throw new WechatConfigError(
      `${factory}: "${option}" must be the simulator's loopback address, since "appId" is a simulated one (wxsim…)`,
      'simulator_mismatch',
    )
  }
  return url.href.replace(/\/+$/, '')
}

/**
 * Refuses http unless `allowInsecureApiBaseUrl` allows it and the address is private. If the host is a name, its
 * addresses are checked at each connection instead.
 */
function assertMayBeInsecure(factory: string, option: string, url: URL, allowsInsecure: boolean): void {
  if (!allowsInsecure) {
    const hint = option === 'apiBaseUrl' ? ', and for private addresses with allowInsecureApiBaseUrl' : ''
    throw new WechatConfigError(
      `${factory}: "${option}" must be https, since it carries secrets; http is for loopback${hint}`,
    )
  }
  const address = readIpLiteral(url.hostname)
  if (address === undefined || isPrivateAddress(address)) return
  throw new WechatConfigError(`${factory}: "${option}" must be https, since its address is public`)
}
