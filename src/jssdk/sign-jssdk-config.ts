import { hash } from 'node:crypto'
import { createNonceSource } from './nonce-source.js'

/** What `wx.config()` needs, in the spelling of the HTTP interface. */
export interface JssdkConfig {
  appid: string
  /** When the page was signed, in seconds since 1970. */
  timestamp: number
  noncestr: string
  signature: string
}

/** The input of {@link signJssdkConfig}. */
export interface SignJssdkConfigInput {
  appId: string
  jsapiTicket: string
  /** The page's URL exactly as the browser has it, without its fragment. */
  pageUrl: string
  /** The nonce of the signature. @default 16 random hexadecimal digits */
  noncestr?: string | undefined
  /** The time of the signature, in seconds since 1970. @default now */
  timestamp?: number | undefined
}

const nextNonce = createNonceSource()

/**
 * Signs a page for `wx.config()`.
 *
 * The URL is signed exactly as given, because WeChat compares it character by character with the URL in the browser.
 *
 * @see 公众号文档 «JS-SDK 使用权限签名算法»
 */
export function signJssdkConfig({
  appId,
  jsapiTicket,
  pageUrl,
  noncestr = nextNonce(),
  timestamp = Math.floor(Date.now() / 1000),
}: SignJssdkConfigInput): JssdkConfig {
  const text = `jsapi_ticket=${jsapiTicket}&noncestr=${noncestr}&timestamp=${timestamp}&url=${pageUrl}`
  const signature = hash('sha1', text, 'hex')
  return { appid: appId, timestamp, noncestr, signature }
}
