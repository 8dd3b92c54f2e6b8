import type { Request } from 'express'
import { WechatRequestError } from '../errors/errors.js'
import { MAX_URL_LENGTH, type Site } from '../http/public-origin.js'

/**
 * The URL of the page to sign: without its fragment, otherwise to the letter as the page sent it.
 *
 * A browser's `location.href` begins with the origin in its one normal spelling, so that anything else is no page
 * of ours.
 *
 * @see 公众号文档 «JS-SDK 使用权限签名算法»
 * @throws {WechatRequestError} 400 for what is no page's URL, 403 for a page of another origin
 */
export function readPageUrl(site: Site, req: Request, body: Record<string, unknown>): string {
  const text = Object.hasOwn(body, 'url') ? body.url : undefined
  if (typeof text !== 'string') throw refuse(400, '"url" is missing or no string', '缺少页面地址 url')
  const pageUrl = text.split('#')[0] ?? ''
  const isPlain = pageUrl !== '' && pageUrl.length <= MAX_URL_LENGTH && !/[\s\p{Cc}]/u.test(pageUrl)
  const parsed = isPlain ? URL.parse(pageUrl) : null
  if (!parsed || !/^https?:$/.test(parsed.protocol))
    throw refuse(400, '"url" is no web address', '页面地址 url 不正确')

  const isOwnSpelling =
    pageUrl.startsWith(parsed.origin) && /^(?:[/?]|$)/.test(pageUrl.slice(parsed.origin.length))
  if (!isOwnSpelling || !site.isAllowedOrigin(req, parsed.origin)) {
    throw refuse(403, 'the page is of an origin that is not allowed', '该页面的域名不在允许范围内')
  }
  return pageUrl
}

function refuse(status: number, message: string, userMessage: string): WechatRequestError {
  return new WechatRequestError(message, { code: 'bad_page_url', status, userMessage })
}
