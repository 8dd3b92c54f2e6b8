import { type IncomingHttpHeaders, request } from 'node:http'
import { request as requestOverTls } from 'node:https'
import { CookieJar } from 'tough-cookie'

/**
 * A browser as servers see it: it keeps cookies by the rules (paths, Secure, prefixes). `tlsProxies` maps an origin to
 * the local server that is asked in its place. An http server for an https origin plays a proxy that ends TLS.
 */
export interface Browser {
  readonly jar: CookieJar
  /** Sends one request. A redirect is not followed. */
  open(url: string, visit?: Visit): Promise<Answer>
  /** Sends a request, and follows at most ten redirects. */
  follow(url: string, visit?: Visit): Promise<Answer & { hops: string[] }>
}

export interface Visit {
  method?: string
  /** Headers that replace the browser's own; undefined removes one. */
  headers?: Record<string, string | undefined>
  body?: string | Buffer
  /** Sends this Cookie header instead of the jar's. */
  cookie?: string
  /** Called when the headers of the answer have arrived, before its body. */
  onHead?(): void
}

export interface Answer {
  url: string
  status: number
  headers: IncomingHttpHeaders
  location: string
  setCookies: string[]
  text: string
  /** The body as JSON; undefined if it is none. */
  json: unknown
}

const IN_WECHAT: Record<string, string | undefined> = {
  accept: 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8',
  'user-agent': 'Mozilla/5.0 (iPhone) MicroMessenger/8.0.50',
}

export const AS_SCRIPT = { headers: { accept: 'application/json' } }

export function createBrowser(tlsProxies: Record<string, string> = {}): Browser {
  const jar = new CookieJar(undefined, { prefixSecurity: 'strict' })

  async function open(url: string, visit: Visit = {}): Promise<Answer> {
    const nominal = new URL(url)
    const local = tlsProxies[nominal.origin]
    const target = local === undefined ? nominal : new URL(nominal.pathname + nominal.search, local)
    const cookie = visit.cookie ?? (await jar.getCookieString(url))
    const headers = Object.entries({
      ...IN_WECHAT,
      host: nominal.host,
      ...(local?.startsWith('http:') && nominal.protocol === 'https:' && { 'x-forwarded-proto': 'https' }),
      ...(cookie !== '' && { cookie }),
      ...(visit.body !== undefined && { 'content-length': String(Buffer.byteLength(visit.body)) }),
      ...visit.headers,
    }).filter((entry): entry is [string, string] => entry[1] !== undefined)

    const answer = await send(target, Object.fromEntries(headers), visit)
    for (const setCookie of answer.setCookies) await jar.setCookie(setCookie, url, { ignoreError: true })
    return { ...answer, url }
  }

  return {
    jar,
    open,
    async follow(url, visit) {
      const hops: string[] = []
      let answer = await open(url, visit)
      while (answer.status === 302 && hops.length < 10) {
        hops.push(new URL(answer.location, answer.url).href)
        answer = await open(hops.at(-1) ?? '', visit)
      }
      return { ...answer, hops }
    },
  }
}

function send(
  url: URL,
  headers: Record<string, string>,
  { method = 'GET', body, onHead }: Visit,
): Promise<Omit<Answer, 'url'>> {
  return new Promise((resolve, reject) => {
    // Certificates are not verified, because those of the tests are self-signed.
    const options = { method, headers, agent: false, rejectUnauthorized: false } as const
    const start = url.protocol === 'https:' ? requestOverTls : request
    const outgoing = start(url, options, incoming => {
      onHead?.()
      const chunks: Buffer[] = []
      incoming.on('data', (chunk: Buffer) => chunks.push(chunk))
      incoming.once('error', reject)
      incoming.once('end', () => {
        const text = Buffer.concat(chunks).toString('utf8')
        resolve({
          status: incoming.statusCode ?? 0,
          headers: incoming.headers,
          location: incoming.headers.location ?? '',
          setCookies: incoming.headers['set-cookie'] ?? [],
          text,
          json: parseJson(text),
        })
      })
    })
    outgoing.once('error', reject)
    outgoing.end(body)
  })
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
