import { createHash, randomBytes } from 'node:crypto'

/** What `wx.config()` needs, in the spelling of the interface. */
export interface JssdkConfig {
  appid: string
  timestamp: number
  noncestr: string
  signature: string
}

/**
 * Signs a page for `wx.config()`.
 *
 * The URL is signed exactly as given: WeChat compares it with what the browser has, to the letter, without the
 * fragment.
 *
 * @see 公众号文档 «JS-SDK 使用权限签名算法»
 */
export function signJssdkConfig(
  appId: string,
  jsapiTicket: string,
  pageUrl: string,
  { noncestr = randomBytes(8).toString('hex'), timestamp = Math.floor(Date.now() / 1000) } = {},
): JssdkConfig {
  const text = `jsapi_ticket=${jsapiTicket}&noncestr=${noncestr}&timestamp=${timestamp}&url=${pageUrl}`
  const signature = createHash('sha1').update(text, 'utf8').digest('hex')
  return { appid: appId, timestamp, noncestr, signature }
}
