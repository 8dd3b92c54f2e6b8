import { type IncomingHttpHeaders, request } from 'node:http'
import { CookieJar } from 'tough-cookie'

export interface Visit {
  status: number
  headers: IncomingHttpHeaders
  text: string
  /** Undefined where the answer is no JSON. */
  json: unknown
  /** Where a redirect leads, as an absolute address. */
  location: string | undefined
}

export interface VisitOptions {
  method?: string
  headers?: Record<string, string>
  body?: string
}

/** A browser with a jar of its own, which follows nothing by itself. */
export interface Visitor {
  jar: CookieJar
  /** Opens a page, as a tap on a link does. */
  open(url: string, headers?: Record<string, string>): Promise<Visit>
  /** Asks for data, as a script does. */
  fetch(url: string, options?: VisitOptions): Promise<Visit>
  cookie(url: string, name: string): Promise<string | undefined>
}

export function newVisitor(jar = new CookieJar()): Visitor {
  async function send(url: string, options: VisitOptions): Promise<Visit> {
    const cookie = await jar.getCookieString(url)
    const answer = await exchange(url, {
      ...options,
      headers: { ...options.headers, ...(cookie !== '' && { cookie }) },
    })
    for (const text of answer.headers['set-cookie'] ?? []) await jar.setCookie(text, url)
    return answer
  }

  return {
    jar,
    open: (url, headers) => send(url, { headers: { accept: 'text/html,*/*;q=0.8', ...headers } }),
    fetch: (url, options = {}) => send(url, { ...options, headers: { accept: '*/*', ...options.headers } }),
    cookie: async (url, name) => (await jar.getCookies(url)).find(({ key }) => key === name)?.value,
  }
}

/** Not by `fetch`, which adds headers that only scripts of pages send. */
export function exchange(url: string, { method = 'GET', headers = {}, body }: VisitOptions): Promise<Visit> {
  const { promise, resolve, reject } = Promise.withResolvers<Visit>()
  const sent = request(url, { method, headers, agent: false }, response => {
    const chunks: Buffer[] = []
    response.on('data', (chunk: Buffer) => chunks.push(chunk))
    response.once('error', reject).once('end', () => {
      const text = Buffer.concat(chunks).toString('utf8')
      const { location } = response.headers
      resolve({
        status: response.statusCode ?? 0,
        headers: response.headers,
        text,
        json: parse(text),
        location: location === undefined ? undefined : new URL(location, url).href,
      })
    })
  })
  sent.once('error', reject).end(body)
  return promise
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
