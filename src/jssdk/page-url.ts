import type { Request } from 'express'
import { requestError } from '../errors/create-error.js'
import { MAX_URL_LENGTH, type PublicOrigin } from '../http/origin/public-origin.js'

/**
 * Reads the URL of the page to sign from the body of a request: without its fragment, otherwise exactly as it was sent.
 *
 * A browser's `location.href` begins with the origin in its normal form. A URL that spells its origin in another
 * way is not the address of a page in a browser, so it is refused.
 *
 * @see 公众号文档 «JS-SDK 使用权限签名算法»
 * @throws {WechatRequestError} 400 if there is no URL of a page, 403 if its origin is not allowed
 */
export function readPageUrl(publicOrigin: PublicOrigin, req: Request, body: Record<string, unknown>): string {
  const text = Object.hasOwn(body, 'url') ? body.url : undefined
  if (typeof text !== 'string') {
    throw requestError('bad_page_url', '"url" is missing or no string', { userMessage: '缺少页面地址 url' })
  }
  const pageUrl = text.split('#')[0] ?? ''
  const parsed = parseWebAddress(pageUrl)
  if (!parsed) throw requestError('bad_page_url')
  if (!hasNormalOrigin(pageUrl, parsed)) throw requestError('page_origin_not_allowed')
  if (!publicOrigin.isAllowed(req, parsed.origin)) {
    publicOrigin.warnAboutForeignOrigin(req, parsed.origin)
    throw requestError('page_origin_not_allowed')
  }
  return pageUrl
}

function parseWebAddress(text: string): URL | undefined {
  if (text.length > MAX_URL_LENGTH || /[\s\p{Cc}]/u.test(text)) return undefined
  const url = URL.parse(text)
  return url && /^https?:$/.test(url.protocol) ? url : undefined
}

function hasNormalOrigin(text: string, { origin }: URL): boolean {
  return text.startsWith(origin) && /^(?:[/?]|$)/.test(text.slice(origin.length))
}
