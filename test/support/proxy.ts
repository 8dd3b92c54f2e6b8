import { request } from 'node:http'
import { type Listening, listen } from './listen.ts'

export interface ProxySetup {
  /** The server behind the proxy, such as `http://127.0.0.1:40123`; a function if it is not known yet. */
  target: string | (() => string)
  /** The path prefix that the proxy strips. Other paths pass unchanged. */
  prefix?: string
  /** Headers to set; undefined removes one. Without an entry for it, the Host header becomes the target's. */
  headers?: Record<string, string | undefined>
}

/** Starts a reverse proxy that rewrites the Host header, as nginx does without `proxy_set_header`. */
export function startProxy({ target, prefix = '', headers = {} }: ProxySetup): Promise<Listening> {
  return listen((req, res) => {
    const path = req.url ?? '/'
    const inner = path.startsWith(`${prefix}/`) ? path.slice(prefix.length) : path
    const url = new URL(inner, typeof target === 'function' ? target() : target)
    const passedOn = Object.entries({ ...req.headers, host: url.host, ...headers })
    const outgoing = request(
      url,
      {
        method: req.method ?? 'GET',
        headers: Object.fromEntries(passedOn.filter(([, value]) => value !== undefined)),
        agent: false,
      },
      answer => {
        res.writeHead(answer.statusCode ?? 502, answer.headers)
        answer.pipe(res)
      },
    )
    outgoing.once('error', () => res.destroy())
    req.pipe(outgoing)
  })
}
