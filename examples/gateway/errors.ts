import type { Server } from 'node:http'
import type { ErrorRequestHandler, Request, Response } from 'express'
import { toErrorBody, WechatError } from 'express-wechat'
import type { Failure, RequestLog } from './request-log.ts'

/** Answers with the error format of the package's router, `{"status", "msg", "data"}`, for the gateway's own errors. */
export function sendFailure(res: Response, status: number): void {
  if (res.headersSent) {
    res.destroy()
    return
  }
  res.status(status).set('Cache-Control', 'no-store').json(failureBody(status))
}

export function sendNotFound(_req: Request, res: Response): void {
  sendFailure(res, 404)
}

/** Answers an error that the client did not cause with 500, and logs it. */
export function createErrorHandler({ noteFailure }: RequestLog): ErrorRequestHandler {
  // Express recognises an error handler by its four parameters, so `_next` stays.
  return function sendUnexpected(error: unknown, _req, res, _next) {
    const status =
      typeof error === 'object' && error !== null && 'status' in error ? Number(error.status) : 500
    const isClients = status >= 400 && status < 500
    if (!isClients) noteFailure(res, describe(error))
    sendFailure(res, isClients ? status : 500)
  }
}

/** Answers requests that are not valid HTTP with JSON. Node answers them before they reach Express. */
export function answerBrokenRequests(server: Server): void {
  server.on('clientError', (error: NodeJS.ErrnoException, socket) => {
    if (error.code === 'ECONNRESET' || !socket.writable) {
      socket.destroy()
      return
    }
    const status = error.code === 'HPE_HEADER_OVERFLOW' ? 431 : 400
    const body = JSON.stringify(failureBody(status))
    socket.end(
      `HTTP/1.1 ${status} ${status === 431 ? 'Request Header Fields Too Large' : 'Bad Request'}\r\n` +
        'Content-Type: application/json; charset=utf-8\r\nConnection: close\r\n' +
        `Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
    )
  })
}

function failureBody(status: number): object {
  return toErrorBody(new WechatError('answered by the gateway', { code: 'gateway', status }))
}

/** Only the error's name and place are logged, because its text can hold secrets. */
function describe(error: unknown): Failure {
  if (!(error instanceof Error)) return { name: typeof error }
  const stack = (error.stack ?? '').split('\n').filter(line => /^\s+at /.test(line))
  return { name: error.name, code: 'code' in error ? error.code : undefined, at: stack.slice(0, 5) }
}
