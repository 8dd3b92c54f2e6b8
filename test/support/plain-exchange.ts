import { IncomingMessage, ServerResponse } from 'node:http'
import { Socket } from 'node:net'
import express, { type Express, type Request, type Response } from 'express'

export interface PlainRequest {
  method?: string
  /** The path and the query string, below the mount. */
  url?: string
  /** The path of the router's mount. */
  baseUrl?: string
  /** The names must be in lower case, as Node.js gives them. */
  headers?: Record<string, string>
  /** Whether the connection itself is TLS. */
  isTls?: boolean
  remoteAddress?: string
  /** @default an app without settings */
  app?: Express
}

/**
 * Makes a request and its response with Express's own getters and methods, but without a server, so that a rule that
 * reads headers can be tested some thousand times a second.
 */
export function createExchange(request: PlainRequest = {}): { req: Request; res: Response } {
  const {
    method = 'GET',
    url = '/',
    baseUrl = '',
    headers = { host: 'h5.example.com' },
    app = express(),
  } = request
  const socket = Object.assign(new Socket(), { encrypted: request.isTls === true })
  Object.defineProperty(socket, 'remoteAddress', { value: request.remoteAddress ?? '127.0.0.1' })

  const message = new IncomingMessage(socket)
  const req: Request = Object.setPrototypeOf(message, app.request)
  Object.assign(req, { method, url, baseUrl, originalUrl: baseUrl + url, headers })
  const res: Response = Object.setPrototypeOf(new ServerResponse(message), app.response)
  Object.assign(req, { res })
  Object.assign(res, { req, locals: {} })
  return { req, res }
}

export function createRequest(request?: PlainRequest): Request {
  return createExchange(request).req
}

/** The texts of the response's `Set-Cookie` headers. */
export function setCookiesOf(res: Response): string[] {
  return [res.getHeader('set-cookie') ?? []].flat().map(String)
}

/** Returns the error that the function throws; fails if it throws none. */
export function errorOf(
  run: () => unknown,
): Error & { code?: unknown; status?: unknown; userMessage?: unknown } {
  try {
    run()
  } catch (error) {
    if (error instanceof Error) return error
  }
  throw new Error('the function has thrown no error')
}
