import { request } from 'node:http'
import { type Listening, listen } from './listen.ts'

export interface ProxySetup {
  /** Where requests go, such as `http://127.0.0.1:40123`; a function if it is not known yet. */
  target: string | (() => string)
  /** The path that is stripped; requests for other paths pass unchanged. */
  prefix?: string
  /** Headers to set; undefined removes one. The Host header becomes the target's without an entry here. */
  headers?: Record<string, string | undefined>
}

/** A reverse proxy that rewrites the Host header, as nginx does without `proxy_set_header`. */
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
