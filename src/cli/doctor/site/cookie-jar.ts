import { parseSetCookie, type SetCookie } from 'cookie'

/** Why a browser does not keep a cookie. */
export type CookieRefusal = 'other-domain' | 'secure-over-http' | 'bad-prefix'

export interface RefusedCookie {
  name: string
  why: CookieRefusal
}

/** The cookies of one browser. Of the browsers' rules, it has those by which a login can fail. */
export interface CookieJar {
  /** Cookies that a browser would not keep. */
  readonly refused: readonly RefusedCookie[]
  /** Keeps the cookies that an answer sets. Returns their names, also those of cookies that are refused. */
  store(url: URL, setCookies: readonly string[]): string[]
  /** The Cookie header for this address; undefined if it is empty. From another site, it lacks `SameSite=Strict` cookies. */
  header(url: URL, isFromOtherSite?: boolean): string | undefined
  /** Deletes the cookies of this host, as the header `Clear-Site-Data: "cookies"` demands. */
  clear(url: URL): void
}

interface KeptCookie {
  name: string
  value: string
  domain: string
  isHostOnly: boolean
  path: string
  isSecure: boolean
  isStrict: boolean
}

export function createCookieJar(): CookieJar {
  const kept = new Map<string, KeptCookie>()
  const refused: RefusedCookie[] = []

  function storeOne(url: URL, cookie: SetCookie): void {
    const why = findRefusal(url, cookie)
    if (why) {
      refused.push({ name: cookie.name, why })
      return
    }
    const domain = cookie.domain?.replace(/^\./, '').toLowerCase()
    const path = cookie.path?.startsWith('/') ? cookie.path : defaultPath(url)
    const key = [domain ?? url.hostname, path, cookie.name].join(' ')
    if (isOver(cookie)) {
      kept.delete(key)
      return
    }
    kept.set(key, {
      name: cookie.name,
      value: cookie.value ?? '',
      domain: domain ?? url.hostname,
      isHostOnly: domain === undefined,
      path,
      isSecure: cookie.secure === true,
      isStrict: cookie.sameSite === 'strict' || cookie.sameSite === true,
    })
  }

  return {
    refused,
    store(url, setCookies) {
      const cookies = setCookies.map(text => parseSetCookie(text, { decode: rawValue => rawValue }))
      for (const cookie of cookies) storeOne(url, cookie)
      return cookies.map(({ name }) => name)
    },
    header(url, isFromOtherSite = false) {
      const sent = [...kept.values()]
        .filter(cookie => isSentTo(url, cookie) && !(isFromOtherSite && cookie.isStrict))
        .sort((a, b) => b.path.length - a.path.length)
      return sent.length === 0 ? undefined : sent.map(({ name, value }) => `${name}=${value}`).join('; ')
    },
    clear(url) {
      for (const [key, cookie] of kept) if (coversHost(cookie.domain, url.hostname)) kept.delete(key)
    },
  }
}

function findRefusal(url: URL, { name, domain, path, secure }: SetCookie): CookieRefusal | undefined {
  if (domain !== undefined && !coversHost(domain.replace(/^\./, '').toLowerCase(), url.hostname)) {
    return 'other-domain'
  }
  if (secure && url.protocol !== 'https:') return 'secure-over-http'
  if (/^__(?:Host|Secure)-/.test(name) && !secure) return 'bad-prefix'
  if (name.startsWith('__Host-') && (domain !== undefined || path !== '/')) return 'bad-prefix'
  return undefined
}

function isOver({ maxAge, expires }: SetCookie): boolean {
  if (maxAge !== undefined) return maxAge <= 0
  return expires !== undefined && expires.getTime() <= Date.now()
}

function isSentTo(url: URL, { domain, isHostOnly, path, isSecure }: KeptCookie): boolean {
  if (isSecure && url.protocol !== 'https:') return false
  if (isHostOnly ? url.hostname !== domain : !coversHost(domain, url.hostname)) return false
  return url.pathname === path || url.pathname.startsWith(path.endsWith('/') ? path : `${path}/`)
}

function coversHost(domain: string, hostname: string): boolean {
  return hostname === domain || hostname.endsWith(`.${domain}`)
}

function defaultPath({ pathname }: URL): string {
  return pathname.slice(0, pathname.lastIndexOf('/')) || '/'
}
