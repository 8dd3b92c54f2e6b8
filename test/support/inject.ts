import { IncomingMessage, type OutgoingHttpHeaders, type RequestListener, ServerResponse } from 'node:http'
import { Socket } from 'node:net'
import { watchAnswer } from './canary.ts'

export interface InjectedRequest {
  method?: string
  /** The names must be in lower case, as Node.js gives them to an app. */
  headers?: Record<string, string>
  body?: string | Buffer
  /** Gets the response before the app does, so that a test can close its connection later. */
  onResponse?(res: ServerResponse): void
}

export interface InjectedAnswer {
  status: number
  headers: OutgoingHttpHeaders
  location: string
  setCookies: string[]
  text: string
}

/**
 * Gives a request to an app without a connection, which takes a small part of the time of a request over HTTP. It is for
 * tests with thousands of requests whose answers are not streamed.
 */
export function inject(
  app: RequestListener,
  path: string,
  { method = 'GET', headers = {}, body, onResponse }: InjectedRequest = {},
): Promise<InjectedAnswer> {
  const req = new IncomingMessage(new Socket())
  const length = body === undefined ? {} : { 'content-length': String(Buffer.byteLength(body)) }
  Object.assign(req, { method, url: path, headers: { ...headers, ...length }, complete: true })
  if (body !== undefined) req.push(body)
  req.push(null)

  return new Promise(resolve => {
    const res = new ServerResponse(req)
    const chunks: Buffer[] = []
    const take = (chunk: unknown): void => {
      // The headers are written explicitly, because express-session sets its cookie at that moment.
      if (!res.headersSent) res.writeHead(res.statusCode)
      if (typeof chunk === 'string' || chunk instanceof Uint8Array) chunks.push(Buffer.from(chunk))
    }
    const overrides = {
      write(chunk: unknown) {
        take(chunk)
        return true
      },
      end(chunk: unknown) {
        take(chunk)
        watchAnswer(res, Buffer.concat(chunks))
        resolve(readAnswer(res, Buffer.concat(chunks).toString()))
        return res
      },
    }
    onResponse?.(res)
    app(req, Object.assign(res, overrides))
  })
}

/** Makes the `Cookie` header that sends these cookies back. */
export function toCookieHeader(setCookies: readonly string[]): string {
  return setCookies.map(text => text.split(';')[0]).join('; ')
}

function readAnswer(res: ServerResponse, text: string): InjectedAnswer {
  const headers = res.getHeaders()
  return {
    status: res.statusCode,
    headers,
    location: String(headers.location ?? ''),
    setCookies: [headers['set-cookie'] ?? []].flat().map(String),
    text,
  }
}
