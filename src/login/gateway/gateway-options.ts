import { z } from 'zod'
import { isLoopbackHost } from '../../wechat-api/account.js'

/** A gateway that logs people in for this app, and the limits of calls to it. */
export interface WechatGatewayOptions {
  /** The address of the gateway's router, such as `https://m.example.com/wechat`; http only for loopback. */
  url: string
  /**
   * The name of the gateway's session cookie (its SESSION_NAME). The prefix `__Host-`, which the gateway adds over
   * https without a cookie domain, may be left out. This app's own session cookie must have another name.
   *
   * @default 'wechat.sid'
   */
  cookieName?: string | undefined
  /** Milliseconds for one question to the gateway. @default 3,000 */
  timeoutMs?: number | undefined
  /**
   * The proxy on the way to the gateway, such as `http://user:password@proxy.example:3128`. Loopback uses none.
   * @default the environment's WECHAT_PROXY_URL, else what HTTPS_PROXY, HTTP_PROXY and NO_PROXY say
   */
  proxyUrl?: string | undefined
}

const ADDRESS = 'must be an address such as "https://m.example.com/wechat"'

const gatewaySchema = z.strictObject(
  {
    url: z
      .string(ADDRESS)
      .refine(isGatewayUrl, `${ADDRESS}; http is for loopback`)
      .transform(text => text.replace(/\/+$/, '')),
    cookieName: z
      .string("must be a cookie's name")
      .regex(/^[!#$%&'*+.^`|~\w-]{1,64}$/, "must be a cookie's name")
      .default('wechat.sid'),
    timeoutMs: z
      .number('must be a number of milliseconds')
      .int('must be a whole number of milliseconds')
      .min(100, 'must be at least 100 (milliseconds)')
      .max(60_000, 'must be at most 60000 (milliseconds)')
      .default(3_000),
    proxyUrl: z.string('must be the URL of a proxy').optional(),
  },
  {
    error: issue =>
      issue.code === 'invalid_type' ? `${ADDRESS}, or an object with one as its "url"` : undefined,
  },
)

export type ParsedGatewayOptions = z.output<typeof gatewaySchema>

/** The option `gateway`: an address, or an object with the address as its `url`. */
export const gatewayOptionSchema = z
  .unknown()
  .transform(value => (typeof value === 'string' ? { url: value } : value))
  .pipe(gatewaySchema)

function isGatewayUrl(text: string): boolean {
  const url = URL.parse(text)
  if (!url || url.username || url.password || url.search || url.hash) return false
  return url.protocol === 'https:' || (url.protocol === 'http:' && isLoopbackHost(url.hostname))
}
