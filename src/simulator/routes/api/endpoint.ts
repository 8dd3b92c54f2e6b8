import type { Request, RequestHandler, Response } from 'express'
import { type OpenEntry, redactAnswer, redactParameters } from '../../platform/history.js'
import type { Platform } from '../../platform/platform.js'
import { Refusal, refusalBody } from '../../platform/refusal.js'
import { createRequestId } from '../../util/random.js'
import { readBody } from '../request-body.js'
import { jsonContentType, jsonText } from './json-text.js'

/** One call to the API. It is read without the parsers of Express, whose rules differ between versions. */
export interface ApiCall {
  readonly request: Request
  readonly path: string
  readonly query: URLSearchParams
  /** The caller's IP address. An IPv4 address in IPv6 form is given as IPv4. */
  readonly callerAddress: string
  /** The simulator's address as the caller reaches it, for URLs in answers. */
  readonly baseUrl: string
  /** Reads the body as a JSON object. Throws 44002 if it is empty, and 47001 if it is no JSON object. */
  jsonBody(): Promise<Record<string, unknown>>
}

export type Answer =
  | { json: object }
  | { bytes: Buffer; headers: Readonly<Record<string, string>> }
  | { httpStatus: number }

export type Endpoint = (call: ApiCall) => Answer | Promise<Answer>

/** Makes a handler of an endpoint. It checks the method, answers refusals as JSON, and passes no error to Express. */
export function answerWith(
  platform: Platform,
  method: 'GET' | 'POST' | 'any',
  endpoint: Endpoint,
): RequestHandler {
  return function answer(req, res) {
    const call = readCall(req, res)
    const isRightMethod =
      method === 'any' || req.method === method || (req.method === 'HEAD' && method === 'GET')

    Promise.resolve()
      .then(() => {
        if (!isRightMethod) throw new Refusal(method === 'GET' ? 43001 : 43002)
        if (isCoveredByWhitelist(platform, call)) platform.account.checkCaller(call.callerAddress)
        return endpoint(call)
      })
      .then(
        result => sendAnswer(platform, res, call.path, result),
        (error: unknown) => sendRefusal(platform, res, call.path, error),
      )
  }
}

/** Whether to check the caller's address here. Endpoints that take the secret check it themselves, after the secret. */
function isCoveredByWhitelist({ config }: Platform, { path, query }: ApiCall): boolean {
  const carriesToken = path.startsWith('/cgi-bin/') && query.has('access_token')
  return config.ipWhitelistScope !== 'secret-calls' && carriesToken
}

function readCall(req: Request, res: Response): ApiCall {
  const path = getPath(req)
  return {
    request: req,
    path,
    query: readQuery(req),
    callerAddress: (req.socket.remoteAddress ?? '').replace(/^::ffff:/, ''),
    baseUrl: `${req.protocol}://${req.get('host') ?? 'localhost'}${req.baseUrl}`,
    async jsonBody() {
      const text = (await readBody(req)).toString()
      if (text.trim() === '') throw new Refusal(44002)
      const body = parseObject(text)
      if (!body) throw new Refusal(47001)
      const entry = getHistoryEntry(res)
      if (entry) Object.assign(entry.parameters, redactParameters(Object.entries(body)))
      return body
    },
  }
}

/** The path below the mount point, as the platform spells it. */
export function getPath(req: Request): string {
  return req.path
}

export function readQuery(req: Request): URLSearchParams {
  const mark = req.originalUrl.indexOf('?')
  return new URLSearchParams(mark === -1 ? '' : req.originalUrl.slice(mark + 1))
}

export function getHistoryEntry(res: Response): OpenEntry | undefined {
  return res.locals.historyEntry
}

export function sendRefusal(platform: Platform, res: Response, path: string, error: unknown): void {
  // If the caller has closed the connection, no answer can be sent, and the error is not one of the endpoint.
  if (res.destroyed) return
  if (!(error instanceof Refusal)) {
    // An error of the simulator itself must not look like an answer of the platform.
    console.error('WeChat simulator: an endpoint failed', error)
    res.status(500).type('text/plain').send('The simulator itself failed; its console says how.')
    return
  }
  const entry = getHistoryEntry(res)
  if (entry) Object.assign(entry, { errcode: error.errcode, errmsg: error.message })
  res.status(error.httpStatus)
  sendJson(platform, res, path, refusalBody(error, path, createRequestId(platform.clock.seconds())), true)
}

function sendJson(platform: Platform, res: Response, path: string, body: object, isError = false): void {
  const entry = getHistoryEntry(res)
  if (entry) entry.answer = redactAnswer(body)
  res.setHeader('Content-Type', jsonContentType(platform.config, path, isError))
  const bytes = Buffer.from(jsonText(platform.config, body))
  // The platform sends a Content-Length, not a chunked answer.
  res.setHeader('Content-Length', bytes.length)
  res.end(bytes)
}

function sendAnswer(platform: Platform, res: Response, path: string, answer: Answer) {
  if ('json' in answer) return sendJson(platform, res, path, answer.json)
  if ('httpStatus' in answer) {
    res.status(answer.httpStatus).end()
    return
  }
  const entry = getHistoryEntry(res)
  if (entry) entry.answer = `${answer.headers['Content-Type'] ?? 'bytes'}, ${answer.bytes.length} B`
  for (const [name, value] of Object.entries(answer.headers)) res.setHeader(name, value)
  res.setHeader('Content-Length', answer.bytes.length)
  res.end(answer.bytes)
}

function parseObject(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : undefined
  } catch {
    return undefined
  }
}
