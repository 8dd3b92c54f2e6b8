import type { PreverifyRequest } from './bridge.js'

export interface SignedUrlMistake {
  url: string
  zh: string
  en: string
}

/** Addresses that apps sign by mistake, each with a description of the mistake. The server tries them one by one. */
export function signedUrlMistakes({ url, href, landingUrl }: PreverifyRequest): SignedUrlMistake[] {
  const current = withoutFragment(href)
  const candidates: SignedUrlMistake[] = [
    {
      url: current,
      zh: 'iOS 验证的是首次进入页面的地址，而签名用的是当前地址',
      en: 'iOS verifies the address that the page was first landed on; the current one was signed',
    },
    {
      url: withoutFragment(landingUrl),
      zh: '签名用的是首次进入的地址，而此机型验证的是当前地址',
      en: 'the landing address was signed; this client verifies the current one',
    },
    { url: decoded(url), zh: '签名前对地址多解码了一次', en: 'the address was decoded before it was signed' },
    {
      url: encodeURIComponent(url),
      zh: '签名前对地址多编码了一次',
      en: 'the address was encoded once too often before it was signed',
    },
    {
      url: url.split('&')[0] ?? url,
      zh: '地址在第一个 & 处被截断（传参时缺少 encodeURIComponent）',
      en: 'the address was cut at its first & (encodeURIComponent is missing where it was sent)',
    },
    { url: url.split('?')[0] ?? url, zh: '签名时丢掉了查询参数', en: 'the query was left out' },
    { url: getOrigin(url), zh: '只签了域名', en: 'only the origin was signed' },
    { url: `${getOrigin(url)}/`, zh: '签的是首页地址', en: 'the site’s root was signed' },
    { url: url.replace(/\/$/, ''), zh: '末尾少了 /', en: 'the trailing slash is missing' },
    { url: `${url}/`, zh: '末尾多了 /', en: 'there is one slash too many at the end' },
    {
      url: url.replace(/^https:/, 'http:'),
      zh: '协议不对：签的是 http（反向代理之后常见）',
      en: 'http was signed where the page has https (common behind a proxy)',
    },
    {
      url: url.replace(/^http:/, 'https:'),
      zh: '协议不对：签的是 https',
      en: 'https was signed where the page has http',
    },
    {
      url: url.replace('//localhost', '//127.0.0.1'),
      zh: '签的是 127.0.0.1，页面打开的是 localhost',
      en: '127.0.0.1 was signed, the page is on localhost',
    },
    {
      url: url.replace('//127.0.0.1', '//localhost'),
      zh: '签的是 localhost，页面打开的是 127.0.0.1',
      en: 'localhost was signed, the page is on 127.0.0.1',
    },
  ]
  if (href.includes('#')) {
    candidates.push({
      url: href,
      zh: '签名时带上了 # 之后的部分',
      en: 'the fragment (# and after) was signed too',
    })
  }
  return candidates.filter(candidate => candidate.url !== url)
}

function withoutFragment(href: string): string {
  return href.split('#')[0] ?? href
}

function decoded(url: string): string {
  try {
    return decodeURIComponent(url)
  } catch {
    return url
  }
}

function getOrigin(url: string): string {
  return /^[a-z]+:\/\/[^/?#]*/i.exec(url)?.[0] ?? url
}
